{{/* What is wrong with the values that say where the token comes from and where it goes. */}}
{{- define "token-injector.contradictions.sources" -}}
{{- $found := list -}}
{{- $config := .Values.config -}}
{{- $sources := include "token-injector.sources" . | fromJsonArray -}}
{{- $match := $config.match | default dict -}}
{{- $namespaces := $config.namespaces | default list -}}
{{- if gt (len $sources) 1 -}}
{{- $found = append $found (printf "%s are set, but the token comes from one place: leave all but one out" (join ", " $sources)) -}}
{{- end -}}
{{- if and $namespaces $config.everyNamespace -}}
{{- $found = append $found "config.namespaces and config.everyNamespace are both set: leave one of them out" -}}
{{- end -}}
{{- if and $namespaces $match.namespaces -}}
{{- $found = append $found "config.namespaces and config.match.namespaces are both set: leave config.match.namespaces out" -}}
{{- end -}}
{{- range $name := $namespaces -}}
{{- if eq $name $.Release.Namespace -}}
{{- $found = append $found (printf "config.namespaces has %q, the namespace of the release, whose pods get no token: leave it out" $name) -}}
{{- else if has $name $.Values.excludedNamespaces -}}
{{- $found = append $found (printf "config.namespaces has %q, which is in excludedNamespaces too: leave it out of one of them" $name) -}}
{{- else if and (has $name (list "kube-node-lease" "kube-system")) (not $match.systemNamespaces) -}}
{{- $found = append $found (printf "config.namespaces has %q, a system namespace, whose pods get no token: set config.match.systemNamespaces to true, or leave it out" $name) -}}
{{- end -}}
{{- end -}}
{{- if and (or $namespaces $config.everyNamespace) (not $sources) -}}
{{- $found = append $found (printf "%s is set, but nothing that is delivered there: set %s, or leave it out" (ternary "config.namespaces" "config.everyNamespace" (not (empty $namespaces))) (include "token-injector.sourceValues" .)) -}}
{{- end -}}
{{- if eq (len $sources) 1 -}}
{{- $secret := include "token-injector.tokenSecret" . | fromJson -}}
{{- if and $secret.delivered (not $secret.namespaces) (not $config.everyNamespace) -}}
{{- $found = append $found (printf "%s is set without the namespaces of the agent, which the Secret is delivered to: name them in config.namespaces, or set config.everyNamespace to true, which delivers it to every namespace that the policy selects, so that whoever may label a namespace gets the token" (first $sources)) -}}
{{- end -}}
{{- if ne (first $sources) "config.existingSecret.name" -}}
{{- $found = concat $found (include "token-injector.contradictions.rendered" (dict "root" . "secret" $secret) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The values of which one says where the token comes from, in words. */}}
{{- define "token-injector.sourceValues" -}}
config.existingSecret.name, config.externalSecret, config.sealedSecret or config.apiToken
{{- end -}}

{{/* What is wrong with what the chart renders as the source: dict "root" $ "secret" the tokenSecret. */}}
{{- define "token-injector.contradictions.rendered" -}}
{{- $found := list -}}
{{- $config := .root.Values.config -}}
{{- $secret := .secret -}}
{{- $namespace := .root.Release.Namespace -}}
{{- with $config.externalSecret -}}
{{- $at := "config.externalSecret.data" -}}
{{- $keys := list -}}
{{- range .data }}{{ $keys = append $keys .secretKey }}{{ end -}}
{{- $isOpen := not (empty .dataFrom) -}}
{{- /* What a template makes is in the place of what was fetched, unless the two are merged. */ -}}
{{- with dig "target" "template" dict . -}}
{{- if .data -}}
{{- $at = "config.externalSecret.target.template.data" -}}
{{- $merges := eq (.mergePolicy | default "Replace") "Merge" -}}
{{- $keys = concat (keys .data) (ternary $keys list $merges) -}}
{{- $isOpen = and $isOpen $merges -}}
{{- end -}}
{{- $isOpen = or $isOpen .templateFrom -}}
{{- end -}}
{{- $stores := list -}}
{{- range concat (.data | default list) (.dataFrom | default list) }}{{ $stores = append $stores .sourceRef }}{{ end -}}
{{- if and (has nil $stores) (not (dig "secretStoreRef" "name" "" .)) -}}
{{- $found = append $found "config.externalSecret has no secretStoreRef, so the operator does not know where the token is: set its name, and its kind if it is a ClusterSecretStore" -}}
{{- end -}}
{{- if not (or .data .dataFrom) -}}
{{- $found = append $found "config.externalSecret has neither data nor dataFrom: name at least one secretKey with its remoteRef in data" -}}
{{- else if not $isOpen -}}
{{- $found = concat $found (include "token-injector.lacksKey" (dict "at" $at "keys" $keys "key" $secret.key) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- with $config.sealedSecret -}}
{{- $metadata := dig "template" "metadata" dict . -}}
{{- $scopes := $metadata.annotations | default dict -}}
{{- $anywhere := eq (toString (get $scopes "sealedsecrets.bitnami.com/cluster-wide")) "true" -}}
{{- if and $metadata.namespace (ne $metadata.namespace $namespace) (not $anywhere) -}}
{{- $found = append $found (printf "config.sealedSecret was sealed for the namespace %q, and can only be opened there, but the release is in %q: seal it again with kubectl create secret ... --namespace=%s" $metadata.namespace $namespace $namespace) -}}
{{- end -}}
{{- if not .encryptedData -}}
{{- $found = append $found "config.sealedSecret has no encryptedData: copy what is below spec in the file that kubeseal wrote" -}}
{{- else -}}
{{- $keys := concat (keys .encryptedData) (keys (dig "template" "data" dict .)) -}}
{{- $found = concat $found (include "token-injector.lacksKey" (dict "at" "config.sealedSecret.encryptedData" "keys" $keys "key" $secret.key) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- if kindIs "string" $config.apiToken -}}
{{- with include "token-injector.wrongToken" $config.apiToken }}{{ $found = append $found . }}{{ end -}}
{{- if not $secret.key -}}
{{- $found = append $found "config.apiToken is one token, but the agent's policy names several keys: make the Secret yourself, and name it in config.existingSecret.name" -}}
{{- else if $secret.isFile -}}
{{- $found = append $found (printf "config.apiToken is the token alone, but config.existingSecret.key is %s, the file that the agent reads: leave config.existingSecret.key out, and the file is made of the token" $secret.key) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* What is wrong where the key of the token is not among those that a Secret gets: dict "at" PATH "keys" LIST "key" KEY. */}}
{{- define "token-injector.lacksKey" -}}
{{- $found := list -}}
{{- if and .key (not (has .key .keys)) -}}
{{- $example := eq (len .keys) 1 | ternary (first .keys) "KEY" -}}
{{- $found = append $found (printf "%s has %s, but not %s, in which the policy looks for the token: rename the key, or set config.existingSecret.key=%s, which is the key of the token whatever makes the Secret" .at (.keys | uniq | sortAlpha | join ", ") .key $example) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* What is wrong with a token that a pipeline passes, or nothing. Only what stands in for a token is ever printed. */}}
{{- define "token-injector.wrongToken" -}}
{{- $token := trim . -}}
{{- if not $token -}}
config.apiToken is empty: the variable that it comes from is not set where Helm runs; set it there, or leave config.apiToken out
{{- else if regexMatch "^(\\$[A-Za-z_][A-Za-z0-9_]*|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|\\$\\([A-Za-z_][A-Za-z0-9_]*\\)|%[A-Za-z_][A-Za-z0-9_]*%|\\$?\\{\\{[-A-Za-z0-9_. ]*\\}\\}|<[-A-Za-z0-9_ ]*>|(your-)?api-token(-here)?|your-token)$" $token -}}
config.apiToken is {{ $token }}, which nobody replaced by the token: have the pipeline put the value in, such as with --set-file config.apiToken=FILE
{{- else if regexMatch "\\s" $token -}}
config.apiToken has white space within it, which no token has: pass the token alone
{{- end -}}
{{- end -}}
