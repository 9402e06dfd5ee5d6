// The commands by name: one line about each, examples for --help, and how to load it. Loading is lazy, so that `--help` and errors are instant.

import type { CommandDef } from 'citty';

/** One command of the table. */
export interface CommandEntry {
  readonly summary: string;
  readonly examples: readonly string[];
  /** Goes on when nobody reads its output any more. The others end, as `| head` expects. */
  readonly outlivesReader?: true;
  // biome-ignore lint/suspicious/noExplicitAny: a command is generic in its own options
  load(): Promise<CommandDef<any>>;
}

/** Every command; the order is that of the overview. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  quickstart: {
    summary: 'Train, align, measure and question a small model on this machine',
    examples: [
      'sensorium quickstart',
      'sensorium quickstart --from-scratch --dir runs/scratch',
      'sensorium quickstart --json > report.json',
    ],
    load: async () => (await import('./quickstart.js')).default,
  },
  train: {
    summary: 'Run a recipe: TypeScript that says which parts, which stages, which data',
    examples: [
      'sensorium train recipes/tiny.ts --plan',
      'sensorium train recipes/tiny.ts seed=1 --out runs/tiny',
      'sensorium train recipes/tiny.ts --out runs/tiny --resume',
    ],
    load: async () => (await import('./train.js')).default,
  },
  sft: {
    summary: 'Fine-tune a model on conversations of your own',
    examples: [
      'sensorium sft HuggingFaceTB/SmolVLM-256M-Instruct --data my/data.json --images my/pictures --lora 16 --out runs/mine',
      'sensorium sft models/sensorium-tiny --data examples/finetune/train.json --train connector,language --epochs 3 --out runs/tools',
      'sensorium sft MODEL --data train.jsonl --lora 8 --plan',
      'sensorium sft MODEL-INT4 --data train.jsonl --lora 16 --out runs/qlora',
      'sensorium sft MODEL --data train.jsonl --lora 8 --recipe > mine.ts',
    ],
    load: async () => (await import('./tune.js')).tuneCommand('sft'),
  },
  dpo: {
    summary: 'Train a model on pairs of replies, one preferred to the other',
    examples: [
      'sensorium dpo models/sensorium-tiny --data pairs.jsonl --lora 8 --out runs/dpo',
      'sensorium dpo MODEL --data pairs.jsonl --loss ipo --beta 0.05 --lora 16',
      'sensorium dpo MODEL --data pairs.jsonl --lora 8 --recipe > mine.ts',
    ],
    load: async () => (await import('./tune.js')).tuneCommand('dpo'),
  },
  reward: {
    summary: 'Train a reward model from pairs of replies',
    examples: [
      'sensorium reward models/sensorium-tiny --data pairs.jsonl --lora 8 --out runs/reward',
      'sensorium ppo MODEL --reward runs/reward/model --data prompts.jsonl --lora 8',
    ],
    load: async () => (await import('./tune.js')).tuneCommand('reward'),
  },
  ppo: {
    summary: 'Train a model on replies of its own that a reward model scores',
    examples: [
      'sensorium ppo MODEL --reward runs/reward/model --data prompts.jsonl --lora 16',
      'sensorium ppo MODEL --reward runs/reward/model --truth claims --data rows.jsonl --holdout 32 --patience 3 --lora 16',
    ],
    load: async () => (await import('./tune.js')).tuneCommand('ppo'),
  },
  orpo: {
    summary: 'Train a model on chosen replies and against rejected ones, without a reference',
    examples: ['sensorium orpo MODEL --data pairs.jsonl --lora 8'],
    load: async () => (await import('./tune.js')).tuneCommand('orpo'),
  },
  simpo: {
    summary: 'Train a model on pairs of replies by their log-probabilities per token',
    examples: ['sensorium simpo MODEL --data pairs.jsonl --lora 8 --beta 2 --gamma 1'],
    load: async () => (await import('./tune.js')).tuneCommand('simpo'),
  },
  cpo: {
    summary: 'Train a model on pairs of replies without a reference',
    examples: ['sensorium cpo MODEL --data pairs.jsonl --lora 8'],
    load: async () => (await import('./tune.js')).tuneCommand('cpo'),
  },
  kto: {
    summary: 'Train a model on single replies that were called good or bad',
    examples: ['sensorium kto MODEL --data judged.jsonl --lora 8 --undesirable 1.3'],
    load: async () => (await import('./tune.js')).tuneCommand('kto'),
  },
  grpo: {
    summary: 'Train a model on completions of its own that a reward judges',
    examples: [
      'sensorium grpo MODEL --data questions.jsonl --reward exact --lora 16',
      'sensorium grpo MODEL --data questions.jsonl --reward ./reward.ts --form dapo --group 16 --max-tokens 256',
    ],
    load: async () => (await import('./tune.js')).tuneCommand('grpo'),
  },
  ask: {
    summary: 'Ask one question about images or videos',
    examples: [
      'sensorium ask scene.png "What is left of the dog?"',
      'sensorium ask a.png b.png "What is the difference?" --temperature 0.7 --seed 1',
      'sensorium ask scene.png --language zh',
      'sensorium ask scene.png "Are there more dogs than hats?" --chain ddcot --thinker grammar --trace chain.html',
      'sensorium ask clip.mp4 "What happens?" --model Qwen/Qwen2.5-VL-3B-Instruct --fps 1',
      'sensorium ask street.jpg "<OD>" --model florence-community/Florence-2-base-ft --json',
    ],
    load: async () => (await import('./ask.js')).default,
  },
  chat: {
    summary: 'Talk about images and videos, turn by turn',
    examples: ['sensorium chat scene.png', 'sensorium chat --model runs/quickstart/model'],
    load: async () => (await import('./chat.js')).default,
  },
  agent: {
    summary: 'Do a task with an agent: a program, tools or a plan over images',
    examples: [
      'sensorium agent "Are there more dogs than cats?" --image scene.png',
      'sensorium agent "How many red cups are there?" --image scene.png --trace page.html',
      'sensorium agent "Is the dog left of the car?" --image photo.jpg --detector nanodet --json',
      'sensorium agent "Turn on dark mode" --url http://localhost:3000 --trace page.html',
      'sensorium agent --list',
    ],
    load: async () => (await import('./agent.js')).default,
  },
  gui: {
    summary: 'Measure agents that use pages in a browser, and explore a page for them',
    examples: [
      'sensorium gui bench',
      'sensorium gui bench --policy own --planner runs/gui-agent/model --traces',
      'sensorium gui bench --policy grammar --inject --out results/gui-injected.json',
      'sensorium gui explore http://localhost:3000 --out documents.json',
    ],
    load: async () => (await import('./gui.js')).default,
  },
  embodied: {
    summary: 'Measure agents that plan how to rearrange rooms',
    examples: [
      'sensorium embodied bench',
      'sensorium embodied bench --policy own --planner runs/embodied/model --out results/embodied.json',
    ],
    load: async () => (await import('./embodied.js')).default,
  },
  draw: {
    summary: 'Draw images by a text',
    examples: [
      'sensorium draw "a red apple left of a dog" --out apple.png',
      'sensorium draw "two blue cups" --out cups.png --n 4 --seed 7 --guidance 4 --steps 40',
      'sensorium draw "a cat" --solver heun --steps 12',
    ],
    load: async () => (await import('./draw.js')).default,
  },
  transcribe: {
    summary: 'Write down what is said in sound files, as text or subtitles, by a Whisper model',
    examples: [
      'sensorium transcribe talk.mp3 --model openai/whisper-tiny',
      'sensorium transcribe talk.mp3 --language de --translate --format srt --out talk.srt',
    ],
    load: async () => (await import('./transcribe.js')).default,
  },
  speak: {
    summary: 'Speak a text into a WAV file',
    examples: ['sensorium speak "A red dog is left of the cup." --out dog.wav', 'sensorium speak "一只红色的狗" --voice cmn --speed 140'],
    load: async () => (await import('./speak.js')).default,
  },
  eval: {
    summary: 'Measure a model, beside its degenerate baselines',
    examples: [
      'sensorium eval models/sensorium-tiny',
      'sensorium eval models/sensorium-tiny --bench world:multi-step --chain ddcot --thinker grammar --trace chains.html',
      'sensorium eval runs/quickstart/model --bench pope,vqa --n 300 --split test-style --json',
      'sensorium eval MODEL --bench pope --data coco_pope_random.json,coco_pope_popular.json --images val2014 --report runs/pope',
      'sensorium eval MODEL --data examples/finetune/test.json --report runs/mine --replies runs/mine/replies.jsonl',
      'sensorium eval MODEL --run runs/measured --processes 3',
      'sensorium eval MODEL --data test.json --demos train.json --shots 4 --selector rices',
      'sensorium eval http://localhost:8080/v1 --model-name NAME --bench pope --data coco_pope_random.json --images val2014',
      'sensorium eval --recorded answers.jsonl --bench pope --data coco_pope_random.json --images val2014',
    ],
    load: async () => (await import('./eval.js')).default,
  },
  index: {
    summary: 'Index a folder of pictures or a data set, to show examples from it or to look in it',
    examples: [
      'sensorium index my/pictures',
      'sensorium index data.json --images my/pictures --model openai/clip-vit-base-patch32',
      'sensorium index my/pictures --query photo.jpg',
      'sensorium index my/pictures --query "a red car" --k 5 --json',
      'sensorium ask photo.jpg "What is this?" --demos my/pictures --shots 4',
    ],
    load: async () => (await import('./index-command.js')).default,
  },
  worker: {
    summary: 'Answer for a measurement that runs elsewhere, over Redis',
    examples: [
      'sensorium worker models/sensorium-tiny --redis redis://localhost:6379',
      'sensorium eval models/sensorium-tiny --run runs/tiny --redis redis://localhost:6379',
    ],
    load: async () => (await import('./worker.js')).default,
  },
  compare: {
    summary: 'Compare two runs over the same rows, with paired tests',
    examples: [
      'sensorium compare runs/a/replies.jsonl runs/b/replies.jsonl',
      'sensorium compare runs/a/log runs/b/log --report runs/a-and-b',
      'sensorium compare logs/one/20250102_030405_samples_pope.jsonl logs/two/20250103_040506_samples_pope.jsonl --json',
    ],
    load: async () => (await import('./compare.js')).default,
  },
  trust: {
    summary: 'Measure what a model makes up, by type, and compare corrections at equal coverage',
    examples: [
      'sensorium trust models/sensorium-tiny',
      'sensorium trust MODEL --n 20 --methods base,vcd --evidence 0.5',
      'sensorium trust MODEL --detector world --seeds 1,2,3 --report DIR',
      'sensorium trust runs/biased-{seed}/model --beside lrv=runs/lrv-{seed}/model --seeds 1,2,3',
      'sensorium trust MODEL --data instances_val2017.json --images val2017 --n 200',
      'sensorium trust MODEL --verifier OTHER --beside tuned=DIR --out results/trust/mine.json',
    ],
    load: async () => (await import('./trust.js')).default,
  },
  attack: {
    summary: 'Attack a model through a picture, and measure attacks and defences',
    examples: [
      'sensorium attack models/sensorium-tiny scene.png "Is there a dog?" --epsilon 8 --out attacked.png',
      'sensorium attack MODEL scene.png "What color is the cup?" --target blue --steps 40',
      'sensorium attack MODEL scene.png "Is there a dog?" --kind words --target dog',
      'sensorium attack models/sensorium-tiny --n 200 --detector world --out results/attacks.json',
    ],
    load: async () => (await import('./attack.js')).default,
  },
  detect: {
    summary: 'Find the objects and the printed text of a photograph',
    examples: ['sensorium detect photo.jpg --draw boxes.png', 'sensorium detect sign.jpg --ocr --no-objects --json'],
    load: async () => (await import('./detect.js')).default,
  },
  check: {
    summary: 'Check a text about a photograph by detectors, and correct it',
    examples: [
      'sensorium check photo.jpg --text "A dog and two cats on a couch."',
      'sensorium check photo.jpg --text @caption.txt --detector nanodet --ocr --json',
    ],
    load: async () => (await import('./check.js')).default,
  },
  assets: {
    summary: 'Fetch detectors and a reader for photographs from npm',
    examples: ['sensorium assets list', 'sensorium assets get centernet', 'sensorium assets path nanodet'],
    load: async () => (await import('./assets.js')).default,
  },
  judge: {
    summary: 'Measure how far a judge agrees with exact truth',
    examples: [
      'sensorium judge http://localhost:8080/v1 --judge-model NAME',
      'sensorium judge MODEL --tasks statements,pairs --n 200 --repeats 3',
      'sensorium judge haelm:runs/haelm/model --n 500 --out results/haelm.json',
    ],
    load: async () => (await import('./judge.js')).default,
  },
  sheet: {
    summary: 'Sheets for people to rate replies on, out and in',
    examples: [
      'sensorium eval MODEL --bench owleval --data questions.jsonl --judge JUDGE --sheet sheet.html',
      'sensorium sheet make a.jsonl b.jsonl --out sheet.html --scale mmhal --n 50',
      'sensorium sheet read anna.csv ben.csv --key sheet.key.json',
    ],
    load: async () => (await import('./sheet.js')).default,
  },
  cases: {
    summary: 'Case studies: from a template over the replies of a model to a page',
    examples: [
      'sensorium cases start driving --out cases.jsonl',
      'sensorium cases ask cases.jsonl --model MODEL --out asked.jsonl',
      'sensorium cases report asked.jsonl --template driving --out study.html',
    ],
    load: async () => (await import('./cases.js')).default,
  },
  mcp: {
    summary: 'Serve our tools to other agents (Model Context Protocol)',
    examples: [
      'sensorium mcp --list',
      'sensorium mcp --root my/pictures --folder my/notes',
      'sensorium mcp --http 8800 --tools detect,read,count',
    ],
    load: async () => (await import('./mcp.js')).default,
  },
  serve: {
    summary: 'Serve models behind the OpenAI API',
    outlivesReader: true,
    examples: [
      'sensorium serve',
      'sensorium serve models/sensorium-tiny --port 8000 --embeddings models/world-clip',
      'sensorium serve models/sensorium-tiny --transcriptions openai/whisper-tiny',
      'sensorium serve models/sensorium-tiny llama=models/world-llama --alias fast=llama --memory 4096',
      'SENSORIUM_API_KEYS=keys.txt sensorium serve runs/quickstart/model --host 0.0.0.0 --rate-limit 60 --allow-host "*.wikimedia.org" --json',
    ],
    load: async () => (await import('./serve.js')).default,
  },
  pull: {
    summary: 'Fetch a model of the Hugging Face hub',
    examples: [
      'sensorium pull HuggingFaceTB/SmolVLM-256M-Instruct',
      'sensorium pull org/name@refs/pr/1',
      'HF_ENDPOINT=https://hub.example HF_HUB_CACHE=/models sensorium pull org/name --json',
    ],
    load: async () => (await import('./pull.js')).default,
  },
  export: {
    summary: 'Write a model in the layout of another program',
    examples: [
      'sensorium export runs/quickstart/model --to transformers-js --out web --precision fp32,q4',
      'sensorium export models/world-llama --to gguf --out gguf --weights q8_0',
      'sensorium export llava-1.5-7b --to hf --out copy',
      'sensorium export models/sensorium-tiny --to browser --out site/sensorium-tiny --weights f16',
    ],
    load: async () => (await import('./export.js')).default,
  },
  merge: {
    summary: 'Write a model with an adapter worked into its weights',
    examples: [
      'sensorium merge models/sensorium-tiny runs/mine/adapter --out runs/mine/model',
      'sensorium merge runs/mine/adapter --out runs/mine/model --dtype bfloat16',
    ],
    load: async () => (await import('./merge.js')).default,
  },
  quantize: {
    summary: 'Write a model in four or eight bits, and measure what it costs',
    examples: [
      'sensorium quantize models/sensorium-tiny --out runs/tiny-int4',
      'sensorium quantize MODEL --out DIR --bits 8 --activations int8 --skip lm_head,layers.0',
      'sensorium quantize MODEL --out DIR --text wiki.txt --json > report.json',
    ],
    load: async () => (await import('./quantize.js')).default,
  },
  data: {
    summary: 'Make and inspect data sets',
    examples: [
      'sensorium data world --out data/world --scenes 2000 --format llava',
      'sensorium data inspect my/data.json --images my/pictures',
      'sensorium data stats examples/finetune/train.json',
      'sensorium data convert my/train.parquet my/set --to llava --skip-bad',
      'sensorium data preferences MODEL --data world --n 4 --out pairs.jsonl',
      'sensorium data instruct --teacher world --kinds conversation,reasoning --scenes 500 --out made.jsonl',
      'sensorium data leak --data made.jsonl',
      "sensorium data filter 'shards/*.tar' --recipe coyo --out kept",
      'sensorium data filter my/pictures --filters size:min=200,clip --clip-calibrate --out kept --explain',
      'sensorium data dedup kept --by either --out unique',
      'sensorium data caption models/sensorium-tiny --data my/pictures --n 8 --select clip --out captioned',
    ],
    load: async () => (await import('./data.js')).default,
  },
  doctor: {
    summary: 'What this machine can run, and whether the runtimes agree',
    examples: ['sensorium doctor', 'sensorium doctor --json'],
    load: async () => (await import('./doctor.js')).default,
  },
};
