export { type IngestionConfig, ingestionVariables } from './config.js'
export { createIngestion, type IngestionDeps, PIPELINES, type PipelineName } from './service.js'
