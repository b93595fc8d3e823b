{{/* name and labels of a guard; a name with a dot is never that of the ValidatingAdmissionPolicy of a TokenPolicy: dict "root" $ "name" NAME. */}}
{{- define "token-injector.guardMetadata" -}}
{{ include "token-injector.metadata" (dict "root" .root "component" "guard" "cluster" true "name" (printf "%s.guard.%s" (include "token-injector.fullname" .root) .name)) }}
{{- end -}}

{{/* A ValidatingAdmissionPolicy but for its validations, about what the controller's account and nobody else writes: dict "root" $ "name" NAME "group" APIGROUP "resource" PLURAL. */}}
{{- define "token-injector.guard" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  {{- include "token-injector.guardMetadata" . | nindent 2 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - operations: [CREATE, UPDATE]
        apiGroups: [{{ .group | quote }}]
        apiVersions: ["*"]
        resources: [{{ .resource }}]
  matchConditions:
    - name: by-the-controller
      expression: request.userInfo.username == 'system:serviceaccount:{{ .root.Release.Namespace }}:{{ include "token-injector.serviceAccountName" (dict "root" .root "component" "controller") }}'
{{- end -}}
