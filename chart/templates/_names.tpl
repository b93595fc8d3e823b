{{/* What the names of all objects begin with; 50 characters leave room for what names end with. */}}
{{- define "token-injector.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the webhook's certificate. */}}
{{- define "token-injector.tlsSecret" -}}
{{- if eq .Values.certificates.source "file" -}}
{{- .Values.certificates.file.secretName -}}
{{- else -}}
{{- printf "%s-tls" (include "token-injector.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* The components that this release runs, as a JSON list: the secrets controller only where there is a Secret for it to read. */}}
{{- define "token-injector.components" -}}
{{- $names := include "token-injector.secretNames" . | fromJsonArray -}}
{{- $names | empty | ternary (list "webhook" "controller") (list "webhook" "controller" "secrets-controller") | toJson -}}
{{- end -}}

{{/* The key of a component's values: dict "component" NAME. */}}
{{- define "token-injector.valuesKey" -}}
{{- eq .component "secrets-controller" | ternary "secretsController" .component -}}
{{- end -}}

{{/* The account of a component, which its rights and the guard follow: dict "root" $ "component" NAME. */}}
{{- define "token-injector.serviceAccountName" -}}
{{- $own := (get .root.Values (include "token-injector.valuesKey" .)).serviceAccount.name -}}
{{- $own | default (printf "%s-%s" (include "token-injector.fullname" .root) .component) -}}
{{- end -}}

{{/* The labels by which the pods of a component are found: dict "root" $ "component" NAME. */}}
{{- define "token-injector.selectorLabels" -}}
app.kubernetes.io/name: token-injector
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of every object: dict "root" $ "component" NAME, and "labels" that come on top. */}}
{{- define "token-injector.labels" -}}
{{ include "token-injector.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with merge (dict) (.labels | default dict) (.root.Values.commonLabels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Metadata of an object: dict "root" $ "component" NAME, "suffix" (or none) or else the whole "name", "cluster" true for one without namespace, "labels" and "annotations" that come on top. */}}
{{- define "token-injector.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "token-injector.fullname" .root) (.suffix | default "") | trimSuffix "-") }}
{{- if not .cluster }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
{{- with merge (dict) (.annotations | default dict) (.root.Values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
labels:
  {{- include "token-injector.labels" . | nindent 2 }}
{{- end -}}
