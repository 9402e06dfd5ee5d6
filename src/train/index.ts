// Training: state, gradient and update programs, the loop, checkpoints, recipes and plans.

export { editDistance, nearest } from '../util/nearest.js';
export { type AssembleOptions, assemble, type PartFolders } from './assembly.js';
export * from './buffers.js';
export { type Checkpoint, CheckpointStore, readCheckpoint, restoreWeights, type TrainerState } from './checkpoint.js';
export { DRAWING_KEY } from './drawing-stages.js';
export { type DrawingOptions, drawing, drawings } from './drawing-world.js';
export { EventLog, type LoggedEvent, type RunEvent, readRun, type StageSummary, type UnusedRows } from './events.js';
export { type ConversationData, type FineTuneOptions, fineTuneObjective, type LossOptions, type MadeData } from './fine-tune.js';
export { countFlops, peakActivations } from './flops.js';
export { GeneratorState, generatorProcessor } from './generator-stage.js';
export { clipScale, GradientBlock, globalNorm } from './gradients.js';
export type { Batch, Objective, ObjectiveGraph } from './objective.js';
export { type ContrastiveOptions, contrastiveObjective, type DenseSample, denseHead, type PhraseGroup } from './objectives/contrastive.js';
export {
  type DetectionOptions,
  type DetectionSample,
  type DetectionTargets,
  detectionObjective,
  detectionTargets,
} from './objectives/detection.js';
export type { ConditionSource, DrawingSample } from './objectives/flow-matching.js';
export { GROUP_FORMS, type GroupForm, groupAdvantages } from './objectives/group.js';
export { type LanguageOptions, languageObjective, type TokenEmbedding } from './objectives/language.js';
export { bestOf, learnedReward } from './online/learned-reward.js';
export { type OnlineBatch, type OnlineObjectiveOptions, onlineObjective } from './online/online-objective.js';
export type { Reward, RewardFunction, RewardSample } from './online/reward.js';
export { completed, type Rollout, type RolloutPrompt, Rollouts, type RolloutsOptions } from './online/rollout.js';
export { AdamW, type AdamWOptions, type Optimizer, type UpdateOptions } from './optimizer.js';
export { resolveOptions, type TrainOptions, trainDefaults } from './options.js';
export { type OrderOptions, rowOrder, stepsPerEpoch } from './order.js';
export { type MemoryPlan, type PlanOptions, planRecipe, type RecipePlan, type StagePlan } from './plan.js';
export {
  applyOverrides,
  defineRecipe,
  defineStage,
  type Recipe,
  recipeIdentity,
  type StageContext,
  type StageSpec,
  type StateContext,
} from './recipe.js';
export { makeResident } from './resident.js';
export { RewardModel, type RewardModelOptions, rewardModel, type ScoredReply } from './reward-model.js';
export { FACTS_KEYS, factsOf, withFacts, withMedia } from './reward-samples.js';
export { type RecipeResult, type RecipeRun, type RunOptions, runRecipe, runStage, type StageRun } from './run.js';
export { learningRate, type ScheduleName, type ScheduleOptions } from './schedule.js';
export { selectParameters } from './select.js';
export { type Read, SequenceGraph } from './sequence-graph.js';
export { type SampleSequences, type SequenceLoss, sequenceObjective } from './sequence-objective.js';
export { stage } from './stages.js';
export { ModelState, type StateOptions } from './state.js';
export { GradientPrograms, gradientGraph, type StepResult } from './step.js';
export { clipOf, OpenedState, saveTrained, TrainedModel, trainedModel } from './trained-model.js';
export { codebookOf, type VqStage, VqState } from './vq-stage.js';
export { conversation, type SceneSource, sceneConversations, sceneData, sceneImage } from './world-samples.js';
