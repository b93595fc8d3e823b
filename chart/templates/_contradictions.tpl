{{/* Ends the rendering if values contradict each other; says all that is wrong, and how to mend it. */}}
{{- define "token-injector.contradictions" -}}
{{- $found := concat
  (include "token-injector.contradictions.config" . | fromJsonArray)
  (include "token-injector.contradictions.certificates" . | fromJsonArray)
  (include "token-injector.contradictions.network" . | fromJsonArray)
  (include "token-injector.contradictions.environment" . | fromJsonArray)
  (include "token-injector.contradictions.components" . | fromJsonArray)
  (include "token-injector.contradictions.labels" . | fromJsonArray) -}}
{{- if $found -}}
{{- fail (printf "these values contradict each other:\n  - %s" (join "\n  - " $found)) -}}
{{- end -}}
{{- end -}}

{{- define "token-injector.contradictions.config" -}}
{{- $found := list -}}
{{- $config := .Values.config -}}
{{- $secret := $config.existingSecret -}}
{{- $denies := eq $config.enforce.missingToken "Deny" -}}
{{- $agents := include "token-injector.agents" . | fromYaml -}}
{{- if and $config.match (not $config.inject) -}}
{{- $found = append $found "config.match is set without config.inject: say in config.inject what the pods get, or leave both out for an agent that the chart knows" -}}
{{- end -}}
{{- if and $config.inject (not $config.match) -}}
{{- $found = append $found "config.inject is set without config.match: say in config.match which pods get it, or leave both out for an agent that the chart knows" -}}
{{- end -}}
{{- if not (or $config.match $config.inject (hasKey $agents $config.agent)) -}}
{{- $found = append $found (printf "config.agent is %q, which the chart does not know (it knows %s): set config.match and config.inject for it" $config.agent (keys $agents | sortAlpha | join ", ")) -}}
{{- end -}}
{{- if and $config.inject (ne $secret.key "token") -}}
{{- $found = append $found "config.existingSecret.key and config.inject are both set: config.inject names the keys itself, so leave config.existingSecret.key out" -}}
{{- end -}}
{{- if and $denies $config.match (include "token-injector.requiresNoLabel" $config.match) -}}
{{- $found = append $found "config.enforce.missingToken is Deny, but config.match requires no label: set one in config.match.podSelector or config.match.namespaceSelector, or set config.match.annotation to Required" -}}
{{- end -}}
{{- $catalogue := include "token-injector.catalogue" . | fromJson -}}
{{- $names := ternary (list $config.agent) list (not (empty $secret.name)) -}}
{{- range $config.agents -}}
{{- if not (hasKey $catalogue .) -}}
{{- $found = append $found (printf "config.agents has %q, for which the catalogue has no policy (it has %s): write it in policies, or see examples/agents for an agent that needs none" . (keys $catalogue | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $names = append $names . -}}
{{- end -}}
{{- range $name, $_ := .Values.policies }}{{ $names = append $names $name }}{{ end -}}
{{- range $name := uniq $names -}}
{{- $rest := without $names $name -}}
{{- if gt (sub (len $names) (len $rest)) 1 -}}
{{- $found = append $found (printf "more than one of config.agent, config.agents and policies has the name %q: leave all but one out" $name) -}}
{{- end -}}
{{- end -}}
{{- if not $secret.name -}}
{{- if ne $secret.key "token" -}}
{{- $found = append $found "config.existingSecret.key is set without config.existingSecret.name: set the name of the Secret, or leave the key out" -}}
{{- end -}}
{{- $without := list -}}
{{- if ne $config.agent "aikido" }}{{ $without = append $without "config.agent" }}{{ end -}}
{{- if $config.match }}{{ $without = append $without "config.match" }}{{ end -}}
{{- if $config.inject }}{{ $without = append $without "config.inject" }}{{ end -}}
{{- if $denies }}{{ $without = append $without "config.enforce.missingToken" }}{{ end -}}
{{- if $without -}}
{{- $one := eq (len $without) 1 -}}
{{- $found = append $found (printf "%s %s set without config.existingSecret.name, so that no TokenPolicy would be made: set the name of the Secret, or leave %s out and write the policy yourself" (join ", " $without) (ternary "is" "are" $one) (ternary "it" "them" $one)) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
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
{{- $requires := eq (.annotation | default "") "Required" -}}
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
