{{/* Ends the rendering if values are missing that the chart has defaults of. */}}
{{- define "token-injector.missingValues" -}}
{{- $missing := list -}}
{{- range $path := include "token-injector.requiredValues" . | fromJsonArray -}}
{{- $at := $.Values -}}
{{- $isThere := true -}}
{{- range splitList "." $path -}}
{{- $isThere = and $isThere (kindIs "map" $at) (hasKey $at .) -}}
{{- if $isThere }}{{ $at = get $at . }}{{ end -}}
{{- end -}}
{{- if not $isThere }}{{ $missing = append $missing $path }}{{ end -}}
{{- end -}}
{{- if $missing -}}
{{- fail (printf "these values are missing: %s\n  - if you upgrade with --reuse-values, which leaves out what is new in this version of the chart, take --reset-then-reuse-values instead\n  - if you have set one to null, leave it out, to take the default" (join ", " $missing)) -}}
{{- end -}}
{{- end -}}
