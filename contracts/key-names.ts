/** What every shell, service manager and container engine takes as the name of a variable. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Variables by which a loader, shell, interpreter or common tool is told what to load, run or trust: as the key of a
 * secret they would hand a program to whoever may write one value.
 */
const BITING = [
  /^(LD|DYLD|GLIBC|MALLOC)_/, // the loader and the C library
  /^(GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|RES_OPTIONS|RESOLV_HOST_CONF|TERMINFO(_DIRS)?|TMPDIR)$/,
  /^(PATH|HOME|SHELL|IFS|ENV|CDPATH|PS[0-4]|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|BASH_ENV|ZDOTDIR|GLOBIGNORE)$/,
  /^BASH_FUNC_/,
  /^NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED|REPL_|V8_COVERAGE|REDIRECT_WARNINGS)/,
  /^(NPM_CONFIG|npm_config|YARN|BUN|DENO)_/,
  /^(PYTHON|PERL|RUBY|GEM_|BUNDLE_|LUA_|PHP_INI_SCAN_DIR|PHPRC$)/,
  /^(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|JAVA_HOME|CLASSPATH|MAVEN_OPTS|GRADLE_OPTS)$/,
  /^(DOTNET|CORECLR|COMPLUS|COMPlus)_/,
  /^(GODEBUG|GOFLAGS|RUSTC_WRAPPER|RUSTFLAGS|MAKEFLAGS|ERL_(FLAGS|AFLAGS|ZFLAGS|LIBS)|ELIXIR_ERL_OPTIONS)$/,
  /^(GIT|SSH|SUDO)_/,
  /^(EDITOR|VISUAL|PAGER|MANPAGER|BROWSER|LESSOPEN|LESSCLOSE)$/,
  /^(OPENSSL_(CONF|MODULES|ENGINES)|SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|CURL_HOME)$/,
];

/** Whether a program's environment can hold a variable of that name, wherever the program is started. */
export const isVariableName = (key: string): boolean => NAME.test(key);

/** Whether programs take a variable of that name for an instruction. Keys are compared as they are: case counts. */
export const bites = (key: string): boolean => BITING.some((pattern) => pattern.test(key));

/** Why a key that bites is refused, and how to insist. */
export const biting = (key: string): string =>
  `'${key}' tells programs what to load, run or trust, and is refused as a secret; to insist: --allow-key ${key}`;
