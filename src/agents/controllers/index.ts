// Controllers: agents that talk, think and call tools.

export { act, DATA_ONLY, type Decide, type Decision, type Observation, type PlannedCall, toolsOf, writeObservation } from './act.js';
export { audioGpt } from './audio-gpt.js';
export { captionAnything } from './cat.js';
export { detGpt, readTargets } from './det-gpt.js';
export { Guard, type Leave, type ProposedCall } from './guard.js';
export { idealGpt } from './ideal-gpt.js';
export { mmReact, parseReact, reactPrompt, writeReact } from './react.js';
export { type RuleTask, rulesFor } from './rules.js';
export { controlsOf, refine, type StyleControls, styleRefiner } from './style.js';
export { parseCalls, toolCalling, toolCallingPrompt, writeCall } from './tool-calling.js';
export { type Perception, perceptionText, videoChat } from './video-chat.js';
