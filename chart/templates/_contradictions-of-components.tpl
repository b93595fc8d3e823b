{{- define "token-injector.contradictions.components" -}}
{{- $found := list -}}
{{- $accounts := list -}}
{{- range $name := list "webhook" "controller" "secrets-controller" -}}
{{- $component := include "token-injector.valuesKey" (dict "component" $name) -}}
{{- $values := get $.Values $component -}}
{{- $account := include "token-injector.serviceAccountName" (dict "root" $ "component" $name) -}}
{{- if has $account $accounts -}}
{{- $found = append $found (printf "%s.serviceAccount.name is %s, the account of another component, which would have the rights of both: set another one" $component $account) -}}
{{- end -}}
{{- $accounts = append $accounts $account -}}
{{- if and (not $values.serviceAccount.create) (not $values.serviceAccount.name) -}}
{{- $found = append $found (printf "%[1]s.serviceAccount.create is false without %[1]s.serviceAccount.name: set the name of your ServiceAccount" $component) -}}
{{- end -}}
{{- if eq $account "default" -}}
{{- $found = append $found (printf "%s.serviceAccount.name is default, the account of every pod of the namespace that names none, which would all get the rights: set another one" $component) -}}
{{- end -}}
{{- if and (toString ($values.pdb.minAvailable | default "")) (toString ($values.pdb.maxUnavailable | default "")) -}}
{{- $found = append $found (printf "%[1]s.pdb.minAvailable and %[1]s.pdb.maxUnavailable are both set: leave one of them out" $component) -}}
{{- end -}}
{{- end -}}
{{- range $key := keys (.Values.webhook.mutatingWebhookConfigurationAnnotations | default dict) | sortAlpha -}}
{{- if hasPrefix "token-injector.dev/" $key -}}
{{- $found = append $found (printf "webhook.mutatingWebhookConfigurationAnnotations sets %s, which has a meaning for the controller: leave it out" $key) -}}
{{- end -}}
{{- end -}}
{{- $dns := .Values.dnsConfig | default dict -}}
{{- if and (eq (.Values.dnsPolicy | default "") "None") (not $dns.nameservers) -}}
{{- $found = append $found "dnsPolicy is None without dnsConfig.nameservers: set them, or another policy" -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Labels by which objects and pods are found, with values of others. */}}
{{- define "token-injector.contradictions.labels" -}}
{{- $found := list -}}
{{- $own := include "token-injector.labels" (dict "root" (merge (dict "Values" (dict)) (omit . "Values")) "component" "any") | fromYaml -}}
{{- range $path, $labels := dict
  "commonLabels" .Values.commonLabels
  "controller.podLabels" .Values.controller.podLabels
  "secretsController.podLabels" .Values.secretsController.podLabels
  "webhook.podLabels" .Values.webhook.podLabels
  "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels -}}
{{- range $label := keys ($labels | default dict) | sortAlpha -}}
{{- if hasKey $own $label -}}
{{- $found = append $found (printf "%s sets %s, which the chart sets itself: leave it out" $path $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
