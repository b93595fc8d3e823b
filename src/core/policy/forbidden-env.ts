import { celList } from '../cel.ts';

/*
 * The principle: a name is refused where its value, whatever the program, loads code, names what is run, or sets options
 * by which a loader, shell, language runtime or tool that programs call starts. A policy that could set it would run the
 * value of a Secret in every agent. What glibc (unsecvars.h) and sudo (env.c) take away from programs with more rights
 * than their caller is here as far as it does one of these. Variables that only say where to connect or whom to trust
 * are not: a proxy's address with its password is a good Secret, and neither runs anything.
 */
const forbiddenNames: readonly string[] = [
  // The C library and its locale, name service and iconv modules.
  'GCONV_PATH GETCONF_DIR GLIBC_TUNABLES LIBPATH',
  'LOCPATH NLSPATH PATH_LOCALE SHLIB_PATH',
  // Where programs and their configuration are found.
  'COMSPEC HOME PATH PATHEXT SHELL SYSTEMROOT USERPROFILE WINDIR',
  // Shells.
  'BASH_ENV BASH_LOADABLES_PATH BASHOPTS CDPATH ENV FPATH GLOBIGNORE IFS',
  'INPUTRC NULLCMD PROMPT_COMMAND PS0 PS1 PS2 PS4 PSMODULEPATH',
  'READNULLCMD SHELLOPTS ZDOTDIR',
  // Programs that others start.
  'BROWSER EDITOR LESSCLOSE LESSOPEN MANPAGER PAGER SSH_ASKPASS',
  'SUDO_ASKPASS SYSTEMD_PAGER VISUAL',
  // Options and start-up commands of editors, pagers and build tools.
  'EXINIT LESS LESSKEY MAKEFILES MAKEFLAGS NPM_CONFIG_SCRIPT_SHELL RUSTC_WRAPPER VIMINIT',
  // Files that name commands which their readers run.
  'AWS_CONFIG_FILE CLOUDSDK_PYTHON DOCKER_CONFIG KUBECONFIG PSQLRC',
  // Git: programs, hooks and options. Tokens for it, such as GIT_PASSWORD, are none of them.
  'GIT_ALLOW_PROTOCOL GIT_ASKPASS GIT_COMMON_DIR GIT_DIR GIT_EDITOR',
  'GIT_EXEC_PATH GIT_EXTERNAL_DIFF GIT_PAGER GIT_PROXY_COMMAND',
  'GIT_SEQUENCE_EDITOR GIT_TEMPLATE_DIR',
  // Libraries that load modules which their configuration names.
  'CURL_HOME GIO_EXTRA_MODULES GIO_MODULE_DIR ODBCINI ODBCSYSINI',
  'GTK_MODULES LIBMYSQL_PLUGINS OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_ENGINES',
  'OPENSSL_MODULES QT_PLUGIN_PATH SASL_PATH WGETRC',
  // Java; its options have an ending in common.
  'CLASSPATH JAVA_HOME JAVA_OPTS_APPEND JRE_HOME LOADER_PATH MAVEN_ARGS',
  'OTEL_JAVAAGENT_EXTENSIONS',
  // Node.js.
  'NODE_COMPILE_CACHE NODE_PATH NODE_REPL_EXTERNAL_MODULE',
  // .NET beside its prefixes.
  'ASPNETCORE_HOSTINGSTARTUPASSEMBLIES',
  // Python.
  'GUNICORN_CMD_ARGS PYTEST_ADDOPTS PYTEST_PLUGINS',
  'PYTHONBREAKPOINT PYTHONEXECUTABLE PYTHONHOME PYTHONINSPECT PYTHONPATH',
  'PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONSTARTUP PYTHONUSERBASE',
  'PYTHONWARNINGS',
  // Perl, Ruby, PHP.
  'PERLLIB BUNDLE_GEMFILE BUNDLE_PATH GEM_HOME GEM_PATH RUBYLIB RUBYOPT',
  'RUBYSHELL PHP_INI_SCAN_DIR PHPRC',
  // Erlang, R, Julia, Tcl, Guile, Go.
  'ERL_AFLAGS ERL_FLAGS ERL_LIBS ERL_ZFLAGS R_ENVIRON R_ENVIRON_USER R_HOME',
  'R_LIBS R_LIBS_SITE R_LIBS_USER R_PROFILE R_PROFILE_USER JULIA_DEPOT_PATH',
  'JULIA_LOAD_PATH JULIA_PROJECT TCL_LIBRARY TCLLIBPATH GUILE_LOAD_COMPILED_PATH',
  'GUILE_LOAD_PATH GODEBUG GOENV GOFLAGS GOTOOLCHAIN',
].flatMap(words);

const forbiddenPrefixes: readonly string[] = [
  // Dynamic loaders: Linux, macOS, AIX, IRIX; and glibc's allocator.
  'LD_ DYLD_ LDR_ _RLD MALLOC_',
  // Functions that bash takes over from its environment.
  'BASH_FUNC_ __BASH_FUNC',
  // Configuration, as a list of keys and values or as a file, and how git and Kerberos start what they need.
  'GIT_CONFIG GIT_SSH KRB5_CONFIG XDG_',
  // .NET: all of its own settings, among them profilers, start-up hooks and the library of its garbage collector.
  'COMPLUS_ COR_ CORECLR_ DOTNET_',
  // With or without the version that Lua and Perl put behind.
  'LUA_CPATH LUA_INIT LUA_PATH PERL5',
].flatMap(words);

// Options of a program: JAVA_TOOL_OPTIONS, NODE_OPTIONS and RES_OPTIONS, and the NAME_OPTS of every Java start script.
const forbiddenEndings: readonly string[] = ['_OPTIONS', '_OPTS'];

function words(line: string): string[] {
  return line.split(' ');
}

/** Whether a variable of that name can load code or change how programs start; case does not matter, as on Windows. */
export function isForbiddenEnvName(name: string): boolean {
  const upper = name.toUpperCase();
  return (
    forbiddenNames.includes(upper) ||
    forbiddenPrefixes.some((prefix) => upper.startsWith(prefix)) ||
    forbiddenEndings.some((ending) => upper.endsWith(ending))
  );
}

/** The same question as CEL, about a string that an expression gives. */
export function isForbiddenEnvNameCel(name: string): string {
  const upper = `${name}.upperAscii()`;
  return [
    `${upper} in ${celList(forbiddenNames)}`,
    `${celList(forbiddenPrefixes)}.exists(prefix, ${upper}.startsWith(prefix))`,
    `${celList(forbiddenEndings)}.exists(ending, ${upper}.endsWith(ending))`,
  ].join(' || ');
}
