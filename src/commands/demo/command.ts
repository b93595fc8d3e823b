import { Command } from 'commander';
import type { DemoFlags } from './demo.ts';
import type { Settings } from '../../runtime/settings.ts';
import { port } from '../flag-values.ts';
import { healthPortOption } from '../health-port-option.ts';

/** The command that demonstrates the webhook without a cluster. */
export function createDemoCommand(settings: () => Settings): Command {
  return new Command('demo')
    .summary('run a demonstration on this machine, without a cluster')
    .description(
      'Starts the webhook with the policy of Aikido Zen, sends it a pod of the example application as an API server would, and shows the change.',
    )
    .option('--once', 'exit after the demonstration')
    .option('--port <number>', 'HTTPS port', port, 8443)
    .addOption(healthPortOption(8080))
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./demo.ts');
      await demo(flags, settings());
    });
}
