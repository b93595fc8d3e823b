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

{{/* The labels by which the pods of a component are found: dict "root" $ "component" NAME. */}}
{{- define "token-injector.selectorLabels" -}}
app.kubernetes.io/name: token-injector
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of every object: dict "root" $ "component" NAME. */}}
{{- define "token-injector.labels" -}}
{{ include "token-injector.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* name, namespace and labels of an object: dict "root" $ "component" NAME and "suffix" (or none), "cluster" true for one without namespace. */}}
{{- define "token-injector.metadata" -}}
name: {{ include "token-injector.fullname" .root }}{{ with .suffix }}-{{ . }}{{ end }}
{{- if not .cluster }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "token-injector.labels" . | nindent 2 }}
{{- end -}}
