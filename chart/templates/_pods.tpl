{{- define "token-injector.image" -}}
{{- $registry := (.Values.global | default dict).imageRegistry | default .Values.image.registry -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- .Values.image.repository -}}
{{- if .Values.image.digest -}}@{{ .Values.image.digest }}{{- else -}}:{{ $tag }}{{- end -}}
{{- end -}}

{{/* What the specs of all pods have in common; by default it satisfies the Pod Security Standard "restricted". */}}
{{- define "token-injector.podSpec" -}}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $secrets := list -}}
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with uniq $secrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The same for their containers. */}}
{{- define "token-injector.container" -}}
image: {{ include "token-injector.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Metadata of a component's pods: dict "root" $ "component" NAME, and "annotations" that come on top. */}}
{{- define "token-injector.podMetadata" -}}
{{- $values := get .root.Values (include "token-injector.valuesKey" .) -}}
labels:
  {{- include "token-injector.selectorLabels" . | nindent 2 }}
  {{- with merge (dict) ($values.podLabels | default dict) (.root.Values.commonLabels | default dict) }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) ($values.podAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What the specs of a component's pods have beside their container: dict "root" $ "component" NAME, and "affinity". */}}
{{- define "token-injector.componentPodSpec" -}}
{{- $root := .root -}}
{{- $values := get .root.Values (include "token-injector.valuesKey" .) -}}
{{- $hostNetwork := and (eq .component "webhook") (default false $values.hostNetwork.enabled) -}}
serviceAccountName: {{ include "token-injector.serviceAccountName" . }}
automountServiceAccountToken: true
{{- with $values.priorityClassName | default $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if $hostNetwork }}
hostNetwork: true
{{- end }}
{{- with $root.Values.dnsPolicy | default ($hostNetwork | ternary "ClusterFirstWithHostNet" "") }}
dnsPolicy: {{ . }}
{{- end }}
{{- with $root.Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
# Variables for each Service of the namespace would only be in the way.
enableServiceLinks: false
{{- include "token-injector.podSpec" $root }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $constraint := . }}
  {{- if not (hasKey . "labelSelector") }}
  {{- $labels := include "token-injector.selectorLabels" $ | fromYaml }}
  {{- $constraint = merge (dict "labelSelector" (dict "matchLabels" $labels) "matchLabelKeys" (list "pod-template-hash")) . }}
  {{- end }}
  - {{ toYaml $constraint | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "token-injector.environment" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "token-injector.probes" -}}
livenessProbe:
  httpGet:
    path: /livez
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 2
  timeoutSeconds: 5
{{- end -}}

{{/* The PodDisruptionBudget of a component: dict "root" $ "component" NAME. */}}
{{- define "token-injector.podDisruptionBudget" -}}
{{- $values := get .root.Values (include "token-injector.valuesKey" .) -}}
{{- if and $values.pdb.create (gt (int $values.replicas) 1) }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "token-injector.metadata" (merge (dict "suffix" .component) .) | nindent 2 }}
spec:
  {{- if ne (toString ($values.pdb.minAvailable | default "")) "" }}
  minAvailable: {{ $values.pdb.minAvailable }}
  {{- else }}
  maxUnavailable: {{ $values.pdb.maxUnavailable | default 1 }}
  {{- end }}
  # A pod that is not ready anyway must not hold up the draining of its node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "token-injector.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/* The ServiceAccount of a component: dict "root" $ "component" NAME. */}}
{{- define "token-injector.serviceAccount" -}}
{{- $account := (get .root.Values (include "token-injector.valuesKey" .)).serviceAccount -}}
{{- if $account.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "token-injector.metadata" (merge (dict "name" (include "token-injector.serviceAccountName" .) "annotations" $account.annotations) .) | nindent 2 }}
# The pods ask for its credentials themselves.
automountServiceAccountToken: false
{{- end }}
{{- end -}}
