import { type Command, InvalidArgumentError, Option } from 'commander';
import { seconds, whole } from '../options.js';
import { checkTowerFolder } from '../tower_folder.js';
import { orUsageError, usageError } from '../usage.js';
import { readConfig } from './config.js';
import type { ServeFlags } from './flags.js';
import { checkKeys, upstreamKey } from './keys.js';

const notes = `
Routes: /v1/audio/decode, /v1/audio/features; with --tower /v1/audio/embeddings, /v1/embeddings; with --whisper or
--upstream /v1/audio/transcriptions, /v1/audio/translations, and with --upstream /v1/audio/speech; /v1/models, /health,
/health/ready, /metrics, /docs (OpenAPI), and a page for people at /.

Whoever can reach the service can use it, unless there is a key: --api-key-file has one per line. Without one, the
service listens on this machine only, unless --allow-unauthenticated says otherwise.

SIGTERM and Ctrl-C: no new requests, those that are there may end within --grace, exit code 0.
Logs go to standard output as JSON, one line each; what this command itself says goes to standard error.

Examples:
  cochlea serve
  cochlea serve --tower models/qwen2-audio --port 9000
  cochlea serve --host 0.0.0.0 --api-key-file /run/secrets/keys --tower models/qwen2-audio
  cochlea serve --tower models/qwen2-audio --transfer http --public-url http://10.0.0.7:8080
  cochlea serve --whisper models/whisper-base
  cochlea serve --upstream http://10.0.0.7:8000,http://10.0.0.8:8000 --upstream-key-file /run/secrets/upstream
  cochlea serve --config service.json
  curl -F file=@talk.mp3 'localhost:8080/v1/audio/decode?sample_rate=16000' > talk.wav`;

export function addServe(program: Command, signal: AbortSignal): void {
  const command = program
    .command('serve')
    .description('serve decoding, features and embeddings by HTTP')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0: any that is free', port, 8080)
    .option('--tower <folder>', 'serve embeddings of this tower (default: none)')
    .option('--whisper <folder>', "serve text by this Whisper, as OpenAI's audio API (default: none)")
    .addOption(
      new Option('--provider <name>', 'where the tower and the encoder of Whisper run (default: auto)').choices([
        'auto',
        'cuda',
        'webgpu',
        'cpu',
      ]),
    )
    .addOption(
      new Option(
        '--precision <name>',
        'which model of the folder (default: the most exact; of Whisper int8 on the processor, if it is there)',
      ).choices(['fp32', 'fp16', 'int8']),
    )
    .addOption(
      new Option(
        '--long <rule>',
        'for audio above a clip of the tower, as in `cochlea embed` (default: error)',
      ).choices(['error', 'windows', 'split']),
    )
    .option('--upstream <url...>', "serve text and speech of these servers with OpenAI's audio API")
    .option('--upstream-key-file <path>', 'key that those servers want')
    .option('--api-key-file <path>', 'keys of clients, one per line; # begins a comment')
    .option('--allow-unauthenticated', 'listen on a public address without a key')
    .option('--allow-http', 'also fetch http: addresses')
    .option('--allow-private', 'also fetch addresses in private networks, and names such as localhost')
    .option('--allow-host <name...>', 'fetch from these hosts only: example.com, or *.example.com')
    .option('--max-seconds <s>', 'refuse longer audio (default: 600; with --whisper or --upstream 14400)', seconds)
    .addOption(
      new Option('--transfer <mode...>', 'how embeddings may be handed over, beside inline').choices(['http', 'file']),
    )
    .option('--public-url <url>', 'where receivers reach this service, for --transfer http')
    .option('--concurrency <n>', 'requests to work on at a time (default: 32)', whole)
    .option('--queue <n>', 'requests that may wait; more are answered with 429 (default: 256)', whole)
    .option(
      '--timeout <ms>',
      'for a request (default: 60000; with --whisper or --upstream 600000, for each part of a recording)',
      whole,
    )
    .option('--grace <ms>', 'for requests when the service stops (default: 30000)', whole)
    .option('--no-page', 'no page for people at /')
    .option('--no-docs', 'no OpenAPI document')
    .addOption(
      new Option('--log-level <level>', 'what is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .option('--config <file.json>', 'options from a file, by their names in camelCase; the command line counts more')
    .addHelpText('after', notes)
    .action(() => run(command, signal));
}

async function run(command: Command, signal: AbortSignal): Promise<void> {
  const { config } = command.opts<ServeFlags>();
  if (config !== undefined) orUsageError(command, () => readConfig(command, config));
  const flags = command.opts<ServeFlags>();
  const apiKeys = orUsageError(command, () => checkKeys(flags));
  const key = orUsageError(command, () => upstreamKey(flags));
  orUsageError(command, () => {
    if (flags.whisper && flags.upstream) throw new TypeError('--whisper goes in place of --upstream');
    if (flags.transfer && !flags.tower) throw new TypeError('--transfer goes with --tower');
    if ((flags.transfer?.includes('http') ?? false) !== (flags.publicUrl !== undefined)) {
      throw new TypeError('--transfer http and --public-url go together');
    }
  });
  if (flags.tower !== undefined) await checkTowerFolder(flags.tower).catch((error) => usageError(command, error));
  const { whisper } = flags;
  if (whisper !== undefined) await checkTowerFolder(whisper, '--whisper').catch((error) => usageError(command, error));
  // Its packages are optional, and no other command needs them.
  const { serve } = await import('./server.js');
  await serve(flags, { apiKeys, upstream: key }, signal).catch((error) => usageError(command, error));
}

function port(text: string): number {
  const value = whole(text);
  if (value > 65_535) throw new InvalidArgumentError('Expected at most 65535.');
  return value;
}
