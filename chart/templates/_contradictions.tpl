{{/* Ends the rendering if values contradict each other, or name what there is not; says all that is wrong, and how to mend it. */}}
{{- define "token-injector.contradictions" -}}
{{- $found := concat
  (include "token-injector.contradictions.config" . | fromJsonArray)
  (include "token-injector.contradictions.policies" . | fromJsonArray)
  (include "token-injector.contradictions.sources" . | fromJsonArray)
  (include "token-injector.contradictions.certificates" . | fromJsonArray)
  (include "token-injector.contradictions.network" . | fromJsonArray)
  (include "token-injector.contradictions.environment" . | fromJsonArray)
  (include "token-injector.contradictions.components" . | fromJsonArray)
  (include "token-injector.contradictions.labels" . | fromJsonArray) -}}
{{- if $found -}}
{{- fail (printf "these values have to change:\n  - %s" (join "\n  - " $found)) -}}
{{- end -}}
{{- end -}}

{{- define "token-injector.contradictions.config" -}}
{{- $found := list -}}
{{- $config := .Values.config -}}
{{- $secret := $config.existingSecret -}}
{{- $sources := include "token-injector.sources" . | fromJsonArray -}}
{{- $denies := eq $config.enforce.missingToken "Deny" -}}
{{- $catalogue := include "token-injector.catalogue" . | fromJson -}}
{{- $agents := $config.agents | default list -}}
{{- $agent := include "token-injector.agent" . -}}
{{- $known := get $catalogue $agent | default dict -}}
{{- $set := list -}}
{{- if $config.agent }}{{ $set = append $set "config.agent" }}{{ end -}}
{{- if $secret.key }}{{ $set = append $set "config.existingSecret.key" }}{{ end -}}
{{- if $config.match }}{{ $set = append $set "config.match" }}{{ end -}}
{{- if $config.inject }}{{ $set = append $set "config.inject" }}{{ end -}}
{{- if $denies }}{{ $set = append $set "config.enforce.missingToken" }}{{ end -}}
{{- if and $set (not $sources) -}}
{{- $one := eq (len $set) 1 -}}
{{- $it := ternary "it" "them" $one -}}
{{- $effect := "no TokenPolicy would be made" -}}
{{- $instead := "name the agent in config.agents or write its policy in policies" -}}
{{- if $agents -}}
{{- $effect = "the policies of config.agents would stay as they are in the catalogue" -}}
{{- $instead = "write the policy of the agent in policies, in place of config.agents" -}}
{{- end -}}
{{- $found = append $found (printf "%s %s set without a Secret of the token, so that %s: set %s, or leave %s out and %s" (join ", " $set) (ternary "is" "are" $one) $effect (include "token-injector.sourceValues" .) $it $instead) -}}
{{- end -}}
{{- if and $sources (not $agent) -}}
{{- $found = append $found (printf "%s is set, but config.agents has several agents (%s), each with a Secret of its own: leave it out, or move the agent that it is for from config.agents to config.agent" (first $sources) (join ", " $agents)) -}}
{{- else if not (or $known (has $agent $agents)) -}}
{{- $missing := list -}}
{{- if not $config.match }}{{ $missing = append $missing "config.match" }}{{ end -}}
{{- if not $config.inject }}{{ $missing = append $missing "config.inject" }}{{ end -}}
{{- if and $agent $missing -}}
{{- $found = append $found (printf "config.agent is %q, %s: set %s for it" $agent (include "token-injector.noPolicy" $agent) (join " and " $missing)) -}}
{{- end -}}
{{- end -}}
{{- if and $secret.key $config.inject -}}
{{- $found = append $found "config.existingSecret.key and config.inject are both set: config.inject names the keys itself, so leave config.existingSecret.key out" -}}
{{- else if and $secret.key $known -}}
{{- $keys := include "token-injector.keys" $known.inject | fromJsonArray -}}
{{- if ne (len $keys) 1 -}}
{{- $found = append $found (printf "config.existingSecret.key is set, but the policy of the agent %s names several keys (%s): leave it out and give the Secret these keys, or name yours in config.inject" $agent (join ", " $keys)) -}}
{{- end -}}
{{- end -}}
{{- if and $denies $config.match (include "token-injector.requiresNoLabel" (include "token-injector.match" . | fromJson)) -}}
{{- $found = append $found (include "token-injector.deniesEverybody" "config") -}}
{{- end -}}
{{- if and $config.inject (not (or $config.inject.env $config.inject.files)) -}}
{{- $found = append $found (include "token-injector.injectsNothing" "config") -}}
{{- end -}}
{{- range $name := uniq $agents -}}
{{- if not (hasKey $catalogue $name) -}}
{{- $needless := get (include "token-injector.needlessAgents" $ | fromJson) $name -}}
{{- if $needless -}}
{{- $found = append $found (printf "config.agents has %q, which needs no policy, so leave it out: %s" $name $needless) -}}
{{- else -}}
{{- $found = append $found (printf "config.agents has %q, %s: for another agent, write its policy in policies" $name (include "token-injector.noPolicy" $name)) -}}
{{- end -}}
{{- end -}}
{{- if gt (sub (len $agents) (len (without $agents $name))) 1 -}}
{{- $found = append $found (printf "config.agents has %q more than once: leave all but one out" $name) -}}
{{- end -}}
{{- end -}}
{{- $names := concat (uniq $agents) (keys (.Values.policies | default dict)) -}}
{{- if and $sources (or $config.agent (not $agents)) }}{{ $names = append $names $agent }}{{ end -}}
{{- range $name := $names | uniq | sortAlpha -}}
{{- if gt (sub (len $names) (len (without $names $name))) 1 -}}
{{- $found = append $found (printf "more than one of config.agent, config.agents and policies has the name %q: leave all but one out" $name) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Says that the catalogue has no policy of a name, and which one may be meant. */}}
{{- define "token-injector.noPolicy" -}}
{{- $names := keys (include "token-injector.catalogue" . | fromJson) | sortAlpha -}}
{{- $near := include "token-injector.nearName" (dict "name" . "names" $names) -}}
for which the catalogue has no policy ({{ with $near }}did you mean {{ . }}? {{ end }}it has {{ join ", " $names }})
{{- end -}}

{{/* What is wrong where a policy has no effect. The argument is the path of the values. */}}
{{- define "token-injector.injectsNothing" -}}
{{- printf "%s.inject has neither a variable nor a file: give it at least one entry in env or files" . -}}
{{- end -}}

{{/* What is wrong where Deny would be for every pod. The argument is the path of the values. */}}
{{- define "token-injector.deniesEverybody" -}}
{{- printf "%[1]s.enforce.missingToken is Deny, but %[1]s.match requires no label: set one in %[1]s.match.podSelector or %[1]s.match.namespaceSelector, name namespaces in %[1]s.match.namespaces, or set %[1]s.match.annotation to Required" . -}}
{{- end -}}

{{- define "token-injector.contradictions.certificates" -}}
{{- $found := list -}}
{{- $certificates := .Values.certificates -}}
{{- $file := $certificates.file -}}
{{- if eq $certificates.source "file" -}}
{{- if not $file.secretName -}}
{{- $found = append $found "certificates.source is file without certificates.file.secretName: set the name of your Secret of type kubernetes.io/tls" -}}
{{- end -}}
{{- if not $file.caBundle -}}
{{- $found = append $found "certificates.source is file without certificates.file.caBundle: set the PEM certificates of the CA, such as with --set-file certificates.file.caBundle=ca.crt" -}}
{{- end -}}
{{- else if or $file.secretName $file.caBundle -}}
{{- $found = append $found (printf "certificates.file is set, but certificates.source is %s: set certificates.source to file, or leave certificates.file out" $certificates.source) -}}
{{- end -}}
{{- if and $certificates.certManager.issuerRef (ne $certificates.source "cert-manager") -}}
{{- $found = append $found (printf "certificates.certManager.issuerRef is set, but certificates.source is %s: set certificates.source to cert-manager, or leave the issuer out" $certificates.source) -}}
{{- end -}}
{{- $self := $certificates.self -}}
{{- if gt (mul 2 (include "token-injector.seconds" $self.certDuration | int)) (include "token-injector.seconds" $self.caDuration | int) -}}
{{- $found = append $found "certificates.self.certDuration is longer than half of certificates.self.caDuration, but a CA outlives what it signs: set a shorter certDuration or a longer caDuration" -}}
{{- end -}}
{{- if and $certificates.certManager.issuerRef (not $certificates.certManager.issuerRef.name) -}}
{{- $found = append $found "certificates.certManager.issuerRef has no name: set the name of the issuer, or leave the issuer out for a CA that the chart makes" -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "token-injector.contradictions.network" -}}
{{- $found := list -}}
{{- $host := .Values.webhook.hostNetwork -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and $host.enabled (eq (int $host.port) (int $host.healthPort)) -}}
{{- $found = append $found "webhook.hostNetwork.port and webhook.hostNetwork.healthPort are the same: set two ports that are free on the nodes" -}}
{{- end -}}
{{- if and $host.enabled (or (eq (int $host.port) 10250) (eq (int $host.healthPort) 10250)) -}}
{{- $found = append $found "webhook.hostNetwork uses port 10250, which is the kubelet's on every node: set another one" -}}
{{- end -}}
{{- if and $host.enabled $policy.enabled -}}
{{- $found = append $found "webhook.hostNetwork.enabled and networkPolicy.enabled are both true, but a NetworkPolicy does not hold for pods in the host's network: leave networkPolicy out" -}}
{{- end -}}
{{- if and (not $host.enabled) (eq (int .Values.webhook.port) 8080) -}}
{{- $found = append $found "webhook.port is 8080, which health checks and metrics use: set another one" -}}
{{- end -}}
{{- if and (not $policy.enabled) (or $policy.webhookFrom $policy.metricsFrom) -}}
{{- $found = append $found "networkPolicy.webhookFrom or networkPolicy.metricsFrom is set, but networkPolicy.enabled is false: set it to true, or leave them out" -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "token-injector.contradictions.environment" -}}
{{- $found := list -}}
{{- $instead := dict
  "POD_NAMESPACE" "it is always the namespace of the release"
  "POD_NAME" "it is always the name of the pod"
  "LOG_LEVEL" "set logLevel instead" -}}
{{- range .Values.extraEnv -}}
{{- if hasKey $instead .name -}}
{{- $found = append $found (printf "extraEnv sets %s, which the chart sets itself: leave it out, %s" .name (get $instead .name)) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Whether a match requires no label, as the rule of the TokenPolicy for Deny sees it: "true" or nothing. */}}
{{- define "token-injector.requiresNoLabel" -}}
{{- $requires := or (eq (.annotation | default "") "Required") (not (empty .namespaces)) -}}
{{- $automatic := list "kubernetes.io/metadata.name" "controller-revision-hash" "pod-template-hash" -}}
{{- range list .podSelector .namespaceSelector -}}
{{- $selector := . | default dict -}}
{{- if $selector.matchLabels }}{{ $requires = true }}{{ end -}}
{{- range $selector.matchExpressions -}}
{{- $operator := .operator | default "" -}}
{{- if or (eq $operator "In") (and (eq $operator "Exists") (not (has .key $automatic))) }}{{ $requires = true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if not $requires }}true{{ end -}}
{{- end -}}

{{/* Seconds of a duration such as 90d, 12h, 30m or 45s. */}}
{{- define "token-injector.seconds" -}}
{{- $unit := get (dict "d" 86400 "h" 3600 "m" 60 "s" 1) (regexFind ".$" .) -}}
{{- mul (regexFind "^[0-9]+" . | int) $unit -}}
{{- end -}}
