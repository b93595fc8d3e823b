#!/usr/bin/env -S node --max-semi-space-size=8
// The flag keeps 40 MiB of young garbage from piling up under load, at no cost in speed: see bench/.
import { Command } from 'commander';
import { createAuditCommand } from './commands/audit/command.ts';
import { createCompletionCommand } from './commands/completion/command.ts';
import { completeWords, wordsToComplete } from './commands/completion/complete-words.ts';
import { createControllerCommand } from './commands/controller/command.ts';
import { createDemoCommand } from './commands/demo/command.ts';
import { createExplainCommand } from './commands/explain/command.ts';
import { createInitCommand } from './commands/init/command.ts';
import { createPreviewCommand } from './commands/preview/command.ts';
import { reportFailure } from './commands/report-failure.ts';
import { createWebhookConfigurationCommand } from './commands/webhook-configuration/command.ts';
import { createWebhookCommand } from './commands/webhook/command.ts';
import { createValidateCommand } from './commands/validate/command.ts';
import { readSettings } from './runtime/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

// Older ones fail anywhere and in any words.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 5)) {
  process.stderr.write(
    `token-injector: needs Node.js 24.5 or newer, this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

const program = new Command('token-injector')
  .description(
    'Gives agent pods references to the Secret with their token, so that manifests in Git do not need it.',
  )
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(see --help)')
  .showSuggestionAfterError();
// Read by the command that runs: a setting that cannot be understood must not keep --help from people.
// oxlint-disable-next-line no-restricted-properties -- the only place that reads the environment
const settings = () => readSettings(process.env);
for (const command of [
  createWebhookCommand(settings),
  createWebhookConfigurationCommand(settings),
  createControllerCommand(settings),
  createValidateCommand(),
  createInitCommand(settings),
  createPreviewCommand(settings),
  createExplainCommand(settings),
  createAuditCommand(settings),
  createCompletionCommand(),
  createDemoCommand(settings),
])
  program.addCommand(command.copyInheritedSettings(program));

// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const words = wordsToComplete(process.argv);
try {
  if (words) process.stdout.write(completeWords(program, words));
  else await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
