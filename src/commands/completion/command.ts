import { Argument, Command } from 'commander';
import { completion, shells } from './completion.ts';

/** The command that prints the completion script of a shell. */
export function createCompletionCommand(): Command {
  return new Command('completion')
    .summary('print the completion script of a shell')
    .description('Prints the script with which a shell completes commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(token-injector completion bash)    # in ~/.bashrc
  source <(token-injector completion zsh)     # in ~/.zshrc, after compinit
  token-injector completion fish > ~/.config/fish/completions/token-injector.fish

For kubectl token-injector, kubectl finds kubectl_complete-token_injector on the PATH.`,
    )
    .action((shell: (typeof shells)[number]) => {
      process.stdout.write(completion(shell));
    });
}
