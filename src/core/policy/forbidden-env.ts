import { celList } from '../cel.ts';

// Variables that load code or change how programs start: a policy that could set them would run code in every agent.
const forbiddenNames = [
  '_JAVA_OPTIONS',
  'BASH_ENV',
  'BASHOPTS',
  'CLASSPATH',
  'CORECLR_ENABLE_PROFILING',
  'CORECLR_PROFILER',
  'CORECLR_PROFILER_PATH',
  'COR_ENABLE_PROFILING',
  'COR_PROFILER',
  'COR_PROFILER_PATH',
  'DOTNET_ADDITIONAL_DEPS',
  'DOTNET_SHARED_STORE',
  'DOTNET_STARTUP_HOOKS',
  'ENV',
  'GCONV_PATH',
  'GLIBC_TUNABLES',
  'HOME',
  'IFS',
  'JAVA_OPTIONS',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'LUA_CPATH',
  'LUA_INIT',
  'LUA_PATH',
  'NODE_OPTIONS',
  'NODE_PATH',
  'OPENSSL_CONF',
  'PATH',
  'PATHEXT',
  'PERL5DB',
  'PERL5LIB',
  'PERL5OPT',
  'PHPRC',
  'PHP_INI_SCAN_DIR',
  'PROMPT_COMMAND',
  'PS4',
  'PYTHONHOME',
  'PYTHONINSPECT',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'RUBYLIB',
  'RUBYOPT',
  'SHELL',
  'SHELLOPTS',
  'ZDOTDIR',
];
const forbiddenPrefixes = ['LD_', 'DYLD_', 'BASH_FUNC_', 'LUA_INIT_', 'GIT_SSH'];

/** Whether a variable of that name can load code or change how programs start; case does not matter, as on Windows. */
export function isForbiddenEnvName(name: string): boolean {
  const upper = name.toUpperCase();
  return (
    forbiddenNames.includes(upper) || forbiddenPrefixes.some((prefix) => upper.startsWith(prefix))
  );
}

/** The same question as CEL, about a string that an expression gives. */
export function isForbiddenEnvNameCel(name: string): string {
  const upper = `${name}.upperAscii()`;
  return `${upper} in ${celList(forbiddenNames)} || ${celList(forbiddenPrefixes)}.exists(prefix, ${upper}.startsWith(prefix))`;
}
