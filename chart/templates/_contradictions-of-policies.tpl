{{/* What is wrong with the policies of the values that the schema cannot tell. */}}
{{- define "token-injector.contradictions.policies" -}}
{{- $found := list -}}
{{- range $name, $spec := .Values.policies -}}
{{- with include "token-injector.wrongPolicyName" $name -}}
{{- $found = append $found (printf "policies has the name %q: a name %s" $name .) -}}
{{- end -}}
{{- if not (or $spec.inject.env $spec.inject.files) -}}
{{- $found = append $found (include "token-injector.injectsNothing" (printf "policies.%s" $name)) -}}
{{- end -}}
{{- if and (eq (dig "enforce" "missingToken" "Allow" $spec) "Deny") (include "token-injector.requiresNoLabel" ($spec.match | default dict)) -}}
{{- $found = append $found (include "token-injector.deniesEverybody" (printf "policies.%s" $name)) -}}
{{- end -}}
{{- if and (dig "secret" "source" "namespace" "" $spec) (not $spec.secret.everyNamespace) (not (dig "match" "namespaces" list $spec)) -}}
{{- $found = append $found (printf "policies.%[1]s.secret.source has a namespace, but nothing says where the Secret is delivered to: name the namespaces in policies.%[1]s.match.namespaces, or set policies.%[1]s.secret.everyNamespace to true" $name) -}}
{{- end -}}
{{- if $spec.secret.template -}}
{{- range $key := include "token-injector.ownKeys" $spec | fromJsonArray -}}
{{- if not (hasKey $spec.secret.template $key) -}}
{{- $found = append $found (printf "policies.%[1]s.inject has the key %[2]q, which policies.%[1]s.secret.template does not make: add it there, or use one of its keys" $name $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The keys that a policy takes from its own Secret, as a JSON list. */}}
{{- define "token-injector.ownKeys" -}}
{{- $own := dict "env" list "files" list -}}
{{- range $kind := keys $own -}}
{{- range dig $kind list $.inject -}}
{{- if eq (.secretName | default $.secret.name) $.secret.name }}{{ $_ := set $own $kind (append (get $own $kind) .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- include "token-injector.keys" $own -}}
{{- end -}}
