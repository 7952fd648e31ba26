// Secrets come from the environment of whoever deploys, so that none is in a file.
using 'main.bicep'

param image = 'REGISTRY/taikubot:TAG'
param databasePassword = readEnvironmentVariable('TAIKUBOT_DATABASE_PASSWORD')
param databaseAdminPassword = readEnvironmentVariable('TAIKUBOT_DATABASE_ADMIN_PASSWORD')
param apiToken = readEnvironmentVariable('TAIKUBOT_API_TOKEN')
