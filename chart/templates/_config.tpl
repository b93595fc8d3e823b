{{/* The agents that the chart knows, as YAML: what `config.match` and `config.inject` would say of each. */}}
{{- define "token-injector.agents" -}}
aikido:
  match:
    podSelector:
      matchLabels:
        aikido-security: kubernetes-agent
  inject:
    env:
      - name: AIKIDO_API_TOKEN
        key: {{ .Values.config.existingSecret.key | quote }}
{{- end -}}

{{/* The TokenPolicies that the chart creates: their specs by name, as JSON. */}}
{{- define "token-injector.policies" -}}
{{- $policies := dict -}}
{{- with .Values.config -}}
{{- if .existingSecret.name -}}
{{- $known := get (include "token-injector.agents" $ | fromYaml) .agent | default dict -}}
{{- $spec := dict "match" (.match | default $known.match) "secret" (dict "name" .existingSecret.name) "inject" (.inject | default $known.inject) -}}
{{- /* Allow is the default of the policy; left out, it takes back nothing that somebody patched in. */ -}}
{{- if eq .enforce.missingToken "Deny" }}{{ $_ := set $spec "enforce" (dict "missingToken" "Deny") }}{{ end -}}
{{- $_ := set $policies .agent $spec -}}
{{- end -}}
{{- $catalogue := include "token-injector.catalogue" $ | fromJson -}}
{{- range .agents }}{{ $_ := set $policies . (get $catalogue .) }}{{ end -}}
{{- end -}}
{{- range $name, $spec := .Values.policies }}{{ $_ := set $policies $name $spec }}{{ end -}}
{{- toJson $policies -}}
{{- end -}}

{{/* The policies whose pods the controller may have denied, as a JSON list. */}}
{{- define "token-injector.missingTokenPolicies" -}}
{{- $own := list -}}
{{- range $name, $spec := include "token-injector.policies" . | fromJson -}}
{{- if eq (dig "enforce" "missingToken" "Allow" $spec) "Deny" }}{{ $own = append $own $name }}{{ end -}}
{{- end -}}
{{- concat $own (.Values.enforcement.missingToken.policies | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The names of the Secrets that the controller may read, as a JSON list. */}}
{{- define "token-injector.secretNames" -}}
{{- $own := list -}}
{{- range include "token-injector.policies" . | fromJson -}}
{{- $own = append $own .secret.name -}}
{{- range concat (.inject.env | default list) (.inject.files | default list) -}}
{{- $own = compact (append $own (.secretName | default "")) -}}
{{- end -}}
{{- end -}}
{{- concat $own (.Values.config.secretNames | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}
