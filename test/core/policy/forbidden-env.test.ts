import { describe, expect, it } from 'vitest';
import { isForbiddenEnvName } from '../../../src/core/policy/forbidden-env.ts';

describe('a name that loads code or changes how programs start', () => {
  it.each([
    ['a loader', 'LD_PRELOAD DYLD_INSERT_LIBRARIES GCONV_PATH LOCPATH NLSPATH GLIBC_TUNABLES'],
    ['a shell', 'PATH ENV BASH_ENV BASH_FUNC_x%% IFS PS1 PS4 FPATH SHELLOPTS PSModulePath'],
    ['OpenSSL', 'OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES'],
    ['git', 'GIT_EXEC_PATH GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_CONFIG_COUNT GIT_CONFIG_VALUE_0'],
    ['git over ssh', 'GIT_SSH GIT_SSH_COMMAND GIT_PROXY_COMMAND SSH_ASKPASS'],
    ['Java', 'JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS JAVA_OPTS MAVEN_OPTS GRADLE_OPTS'],
    ['.NET', 'DOTNET_STARTUP_HOOKS CORECLR_PROFILER_PATH_64 COR_PROFILER COMPlus_GCName'],
    ['Node.js', 'NODE_OPTIONS NODE_PATH'],
    ['Python', 'PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONBREAKPOINT PYTHONWARNINGS'],
    ['Perl', 'PERLLIB PERL5LIB PERL5OPT PERL5DB PERL5SHELL'],
    ['Ruby', 'RUBYLIB RUBYOPT BUNDLE_GEMFILE GEM_PATH'],
    ['others', 'LUA_INIT_5_4 LUA_PATH PHPRC PHP_INI_SCAN_DIR R_PROFILE ERL_FLAGS GODEBUG'],
    ['programs that others start', 'EDITOR VISUAL PAGER BROWSER LESSOPEN'],
    ['editors and build tools', 'LESS VIMINIT MAKEFLAGS RUSTC_WRAPPER NPM_CONFIG_SCRIPT_SHELL'],
    ['files that name commands', 'KUBECONFIG AWS_CONFIG_FILE DOCKER_CONFIG PSQLRC'],
  ])('is refused: %s', (_, names) => {
    for (const name of names.split(' ')) {
      expect([name, isForbiddenEnvName(name)]).toEqual([name, true]);
      expect([name, isForbiddenEnvName(name.toLowerCase())]).toEqual([name, true]);
    }
  });

  it.each([
    [
      'of agents',
      'AIKIDO_API_TOKEN DD_API_KEY SNYK_TOKEN NEW_RELIC_LICENSE_KEY OTEL_EXPORTER_OTLP',
    ],
    ['of tools', 'GIT_TOKEN GIT_PASSWORD GITHUB_TOKEN NPM_TOKEN PIP_INDEX_URL PGPASSWORD'],
    ['for a proxy, which may hold its password', 'HTTPS_PROXY HTTP_PROXY NO_PROXY'],
    ['that names whom to trust', 'SSL_CERT_FILE NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE'],
    ['that only resembles one', 'PATHS OPTIONS ENVIRONMENT HOMEPAGE GITSSH PYTHON_SDK_TOKEN'],
  ])('is not one %s', (_, names) => {
    for (const name of names.split(' '))
      expect([name, isForbiddenEnvName(name)]).toEqual([name, false]);
  });
});
