{{/* name and labels of a guard; a name with a dot is never that of the ValidatingAdmissionPolicy of a TokenPolicy: dict "root" $ "name" NAME. */}}
{{- define "token-injector.guardMetadata" -}}
{{ include "token-injector.metadata" (dict "root" .root "component" "guard" "cluster" true "name" (printf "%s.guard.%s" (include "token-injector.fullname" .root) .name)) }}
{{- end -}}

{{/* A ValidatingAdmissionPolicy but for its validations, about what a component's account and nobody else writes: dict "root" $ "component" NAME "name" NAME "group" APIGROUP "resource" PLURAL, and "operations" (or those that write an object). */}}
{{- define "token-injector.guard" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  {{- include "token-injector.guardMetadata" . | nindent 2 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - operations: {{ .operations | default "[CREATE, UPDATE]" }}
        apiGroups: [{{ .group | quote }}]
        apiVersions: ["*"]
        resources: [{{ .resource }}]
  matchConditions:
    - name: by-the-{{ .component }}
      expression: request.userInfo.username == 'system:serviceaccount:{{ .root.Release.Namespace }}:{{ include "token-injector.serviceAccountName" . }}'
{{- end -}}

{{/* Has a guard deny: dict "root" $ "name" NAME. */}}
{{- define "token-injector.guardBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  {{- include "token-injector.guardMetadata" . | nindent 2 }}
spec:
  policyName: {{ include "token-injector.fullname" .root }}.guard.{{ .name }}
  validationActions: [Deny]
{{- end -}}

{{/* A Lease that is there already keeps another program from leading, and one of ours keeps us while it lasts: dict "root" $ "component" NAME "name" NAME. */}}
{{- define "token-injector.leaseGuard" -}}
{{ include "token-injector.guard" (merge (dict "group" "coordination.k8s.io" "resource" "leases") .) }}
  validations:
    - message: the {{ .component }} of token-injector may write its own Lease, and no other
      expression: object.metadata.name == '{{ include "token-injector.fullname" .root }}-{{ .component }}'
    - message: the Lease of token-injector lasts a minute at most
      expression: "!has(object.spec) || !has(object.spec.leaseDurationSeconds) || object.spec.leaseDurationSeconds <= 60"
{{- end -}}
