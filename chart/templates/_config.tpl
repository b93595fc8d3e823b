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

{{/* The policies whose pods the controller may have denied, as a JSON list. */}}
{{- define "token-injector.missingTokenPolicies" -}}
{{- $own := list -}}
{{- if and .Values.config.existingSecret.name (eq .Values.config.enforce.missingToken "Deny") -}}
{{- $own = list .Values.config.agent -}}
{{- end -}}
{{- concat $own (.Values.enforcement.missingToken.policies | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The names of the Secrets that the controller may read, as a JSON list. */}}
{{- define "token-injector.secretNames" -}}
{{- $own := compact (list .Values.config.existingSecret.name) -}}
{{- concat $own (.Values.config.secretNames | default list) | uniq | sortAlpha | toJson -}}
{{- end -}}
