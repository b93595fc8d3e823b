{{/*
The name of a list that differs from a mistyped one by one character: one left out, one too many or another one; or nothing.
*/}}
{{- define "token-injector.nearName" -}}
{{- $shortened := include "token-injector.shortened" .name | fromJson -}}
{{- $near := list -}}
{{- range $known := .names -}}
{{- $differs := include "token-injector.shortened" $known | fromJson -}}
{{- $isNear := or (hasKey $differs $.name) (hasKey $shortened $known) -}}
{{- range $text, $at := $differs }}{{ if eq (get $shortened $text | toString) (toString $at) }}{{ $isNear = true }}{{ end }}{{ end -}}
{{- if $isNear }}{{ $near = append $near $known }}{{ end -}}
{{- end -}}
{{- with $near }}{{ first . }}{{ end -}}
{{- end -}}

{{/* What a name is without one of its characters, each with the place of that; as JSON. */}}
{{- define "token-injector.shortened" -}}
{{- $shortened := dict -}}
{{- range $at := until (len .) }}{{ $_ := set $shortened (printf "%s%s" (substr 0 $at $) (substr (int (add $at 1)) (len $) $)) $at }}{{ end -}}
{{- toJson $shortened -}}
{{- end -}}
