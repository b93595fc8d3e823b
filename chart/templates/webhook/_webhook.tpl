{{- define "token-injector.webhookPort" -}}
{{- with .Values.webhook -}}{{ ternary .hostNetwork.port .port (default false .hostNetwork.enabled) }}{{- end -}}
{{- end -}}

{{- define "token-injector.webhookHealthPort" -}}
{{- with .Values.webhook -}}{{ ternary .hostNetwork.healthPort 8080 (default false .hostNetwork.enabled) }}{{- end -}}
{{- end -}}

{{/* The webhook's affinity; in the host's network no node can have two pods, since they would want the same ports. */}}
{{- define "token-injector.webhookAffinity" -}}
{{- $affinity := deepCopy (.Values.webhook.affinity | default dict) -}}
{{- if .Values.webhook.hostNetwork.enabled -}}
{{- $labels := include "token-injector.selectorLabels" (dict "root" . "component" "webhook") | fromYaml -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" $labels) -}}
{{- $anti := $affinity.podAntiAffinity | default dict -}}
{{- $required := append ($anti.requiredDuringSchedulingIgnoredDuringExecution | default list) $term -}}
{{- $anti = set $anti "requiredDuringSchedulingIgnoredDuringExecution" $required -}}
{{- $affinity = set $affinity "podAntiAffinity" $anti -}}
{{- end -}}
{{- toYaml $affinity -}}
{{- end -}}
