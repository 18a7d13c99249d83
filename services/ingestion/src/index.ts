export { type IngestionConfig, ingestionVariables } from './config.js'
export { INGESTION_FLOW } from './flow.js'
export { createIngestion, type IngestionDeps, PIPELINES, type PipelineName } from './service.js'
