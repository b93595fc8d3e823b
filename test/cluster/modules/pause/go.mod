module token-injector.test/pause

go 1.26.0
