{{/*
The agent that the Secret of config and the values beside it are about: config.agent, else the only one of config.agents,
whose Secret it can only be, else Aikido's. Of several agents it would be a guess: nothing.
*/}}
{{- define "token-injector.agent" -}}
{{- $agents := .Values.config.agents | default list | uniq -}}
{{- if .Values.config.agent }}{{ .Values.config.agent }}
{{- else if eq (len $agents) 1 }}{{ first $agents }}
{{- else if not $agents }}aikido
{{- end -}}
{{- end -}}

{{/* The TokenPolicies that the chart creates: their specs by name, as JSON. */}}
{{- define "token-injector.policies" -}}
{{- $policies := dict -}}
{{- $catalogue := include "token-injector.catalogue" . | fromJson -}}
{{- range .Values.config.agents }}{{ $_ := set $policies . (get $catalogue .) }}{{ end -}}
{{- if include "token-injector.sources" . | fromJsonArray -}}
{{- $_ := set $policies (include "token-injector.agent" .) (include "token-injector.defaultPolicy" . | fromJson) -}}
{{- end -}}
{{- range $name, $spec := .Values.policies }}{{ $_ := set $policies $name $spec }}{{ end -}}
{{- toJson $policies -}}
{{- end -}}

{{/* The match of config: its fields, and where it has none, those of the agent's policy in the catalogue; as JSON. */}}
{{- define "token-injector.match" -}}
{{- $known := get (include "token-injector.catalogue" . | fromJson) (include "token-injector.agent" .) | default dict -}}
{{- $match := $known.match | default dict -}}
{{- range $field, $value := .Values.config.match }}{{ $_ := set $match $field $value }}{{ end -}}
{{- toJson $match -}}
{{- end -}}

{{/* The spec of the policy that the chart creates for the Secret of config, as JSON. */}}
{{- define "token-injector.defaultPolicy" -}}
{{- $known := get (include "token-injector.catalogue" . | fromJson) (include "token-injector.agent" .) | default dict -}}
{{- $secret := include "token-injector.tokenSecret" . | fromJson -}}
{{- with .Values.config -}}
{{- $match := include "token-injector.match" $ | fromJson -}}
{{- $inject := .inject | default $known.inject -}}
{{- if not $secret.template }}{{ $inject = include "token-injector.withKey" (dict "inject" $inject "key" .existingSecret.key) | fromJson }}{{ end -}}
{{- $reference := dict "name" $secret.name -}}
{{- if $secret.delivered -}}
{{- $_ := set $reference "source" (dict "kind" $secret.kind "namespace" $.Release.Namespace) -}}
{{- if $secret.template }}{{ $_ := set $reference "template" $secret.template }}{{ end -}}
{{- if .everyNamespace }}{{ $_ := set $reference "everyNamespace" true }}{{ end -}}
{{- if $secret.namespaces }}{{ $match = merge (dict "namespaces" $secret.namespaces) $match }}{{ end -}}
{{- end -}}
{{- $spec := dict "match" $match "secret" $reference "inject" $inject -}}
{{- /* Allow is the default of the policy; left out, it takes back nothing that somebody patched in. */ -}}
{{- if eq .enforce.missingToken "Deny" }}{{ $_ := set $spec "enforce" (dict "missingToken" "Deny") }}{{ end -}}
{{- toJson $spec -}}
{{- end -}}
{{- end -}}

{{/* The keys that an inject names, as a JSON list. */}}
{{- define "token-injector.keys" -}}
{{- $keys := list -}}
{{- range .env }}{{ $keys = append $keys .key }}{{ end -}}
{{- range .files }}{{ range .items }}{{ $keys = append $keys .key }}{{ end }}{{ end -}}
{{- $keys | uniq | toJson -}}
{{- end -}}

{{/* An inject with another key in the place of each that it names, as JSON; a file keeps its path. */}}
{{- define "token-injector.withKey" -}}
{{- $inject := .inject | default dict | deepCopy -}}
{{- if .key -}}
{{- $key := .key -}}
{{- range $inject.env }}{{ $_ := set . "key" $key }}{{ end -}}
{{- range $inject.files }}{{ range .items }}{{ $_ := set . "key" $key }}{{ end }}{{ end -}}
{{- end -}}
{{- toJson $inject -}}
{{- end -}}

{{/* The policies whose pods the controller may have denied, as a JSON list. */}}
{{- define "token-injector.missingTokenPolicies" -}}
{{- $own := list -}}
{{- range $name, $spec := include "token-injector.policies" . | fromJson -}}
{{- if eq (dig "enforce" "missingToken" "Allow" $spec) "Deny" }}{{ $own = append $own $name }}{{ end -}}
{{- end -}}
{{- concat $own (.Values.enforcement.missingToken.policies | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The names of the Secrets that the secrets controller may read, as a JSON list. */}}
{{- define "token-injector.secretNames" -}}
{{- $own := list -}}
{{- range include "token-injector.policies" . | fromJson -}}
{{- $own = compact (append $own .secret.name | concat (list (dig "secret" "source" "name" "" .))) -}}
{{- range concat (.inject.env | default list) (.inject.files | default list) -}}
{{- $own = compact (append $own (.secretName | default "")) -}}
{{- end -}}
{{- end -}}
{{- concat $own (.Values.config.secretNames | default list) (include "token-injector.deliveredSecretNames" . | fromJsonArray) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The names of the Secrets that the secrets controller may also write, as a JSON list. */}}
{{- define "token-injector.deliveredSecretNames" -}}
{{- $own := list -}}
{{- range include "token-injector.policies" . | fromJson -}}
{{- if dig "secret" "source" "namespace" "" . }}{{ $own = append $own .secret.name }}{{ end -}}
{{- end -}}
{{- concat $own (.Values.config.deliveredSecretNames | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}
