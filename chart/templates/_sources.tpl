{{/* The values that say where the token comes from, of those that are set, as a JSON list. At most one may be. */}}
{{- define "token-injector.sources" -}}
{{- $set := list -}}
{{- with .Values.config -}}
{{- if .existingSecret.name }}{{ $set = append $set "config.existingSecret.name" }}{{ end -}}
{{- if .externalSecret }}{{ $set = append $set "config.externalSecret" }}{{ end -}}
{{- if .sealedSecret }}{{ $set = append $set "config.sealedSecret" }}{{ end -}}
{{- /* An empty text is set: a pipeline gives it where its variable is not. */ -}}
{{- if kindIs "string" .apiToken }}{{ $set = append $set "config.apiToken" }}{{ end -}}
{{- end -}}
{{- toJson $set -}}
{{- end -}}

{{/*
The agents that read a file with more than the token, as JSON: the text of that file, and the namespace that the vendor's
pages install the agent into. Whatever the token is, the block of YAML holds it as one text without the newline at its end.
*/}}
{{- define "token-injector.files" -}}
{{- dict "aikido" (dict
  "namespace" "aikido"
  "text" (printf "apiEndpoint: %s\napiToken: |-\n  ${KEY}\n" .Values.config.apiEndpoint)) | toJson -}}
{{- end -}}

{{/*
The Secret of the default policy, as JSON: "name", "kind" of what it comes from, "key" of the token there, "template" of the
delivered Secret, if it has other keys, whether the key "isFile" with more than the token, whether it is "delivered" from the namespace of the release, and to which "namespaces".
*/}}
{{- define "token-injector.tokenSecret" -}}
{{- $config := .Values.config -}}
{{- $agent := include "token-injector.agent" . -}}
{{- $known := get (include "token-injector.catalogue" . | fromJson) $agent | default dict -}}
{{- $external := $config.externalSecret | default dict -}}
{{- $sealed := $config.sealedSecret | default dict -}}
{{- $kind := "Secret" -}}
{{- if $external }}{{ $kind = "ExternalSecret" }}{{ else if $sealed }}{{ $kind = "SealedSecret" }}{{ end -}}
{{- $own := dig "secret" "name" (printf "%s-api-secret" $agent) $known -}}
{{- $name := $config.existingSecret.name | default (dig "target" "name" "" $external) | default (dig "template" "metadata" "name" "" $sealed) | default $own -}}
{{- $keys := include "token-injector.keys" ($config.inject | default $known.inject) | fromJsonArray -}}
{{- $injected := ternary (first $keys) "" (eq (len $keys) 1) -}}
{{- $file := ternary dict (get (include "token-injector.files" . | fromJson) $agent | default dict) (not (empty $config.inject)) -}}
{{- $key := $config.existingSecret.key | default (ternary "token" $injected (not (empty $file))) -}}
{{- $template := dict -}}
{{- if and $file (ne $key $injected) }}{{ $template = dict $injected (replace "KEY" $key $file.text) }}{{ end -}}
{{- $match := $config.match | default dict -}}
{{- $chosen := or $config.namespaces $config.everyNamespace -}}
{{- $namespaces := $config.namespaces | default $match.namespaces | default list -}}
{{- if and $file (not $match.namespaceSelector) (not $namespaces) (not $chosen) }}{{ $namespaces = list $file.namespace }}{{ end -}}
{{- dict
  "name" $name
  "kind" $kind
  "key" $key
  "template" $template
  "isFile" (and (not (empty $file)) (empty $template))
  "namespaces" $namespaces
  "delivered" (or (not $config.existingSecret.name) (not (empty $chosen)) (not (empty $template)))
  | toJson -}}
{{- end -}}
