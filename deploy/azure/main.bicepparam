// Secrets, and who may announce, come from the environment of whoever deploys: none is in a file.
using 'main.bicep'

param image = 'REGISTRY/taikubot:TAG'
param databasePassword = readEnvironmentVariable('TAIKUBOT_DATABASE_PASSWORD')
param databaseAdminPassword = readEnvironmentVariable('TAIKUBOT_DATABASE_ADMIN_PASSWORD')
param apiToken = readEnvironmentVariable('TAIKUBOT_API_TOKEN')
param coordinators = readEnvironmentVariable('TAIKUBOT_COORDINATORS')
