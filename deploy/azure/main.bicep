// Taikubot in a resource group of Azure: bot, container, database, secrets. Smallest sizes.
//
//   az deployment group create --resource-group GROUP --template-file main.bicep \
//     --parameters main.bicepparam
//
// This file has not been tried in a tenant: see deploy/README.md.
targetScope = 'resourceGroup'

@description('Begins the name of each resource: lower-case letters, digits and hyphens.')
@minLength(3)
@maxLength(16)
param name string = 'taikubot'

@description('The region of all resources but the bot itself, which is global.')
param location string = resourceGroup().location

@description('The image to run, with registry and tag.')
param image string

@description('The name of an Azure Container Registry in this resource group that holds the image, without .azurecr.io; empty for a public one.')
param registry string = ''

@description('Whether the share holds the content already (taikubot init): the bot then reads that in place of its image.')
param ownContent bool = false

@description('What people see as the name of the bot.')
@maxLength(42)
param displayName string = 'Taikubot'

@description('Application (client) ID of a single-tenant app registration; empty: the managed identity is the bot and needs no secret.')
param appId string = ''

@description('A client secret of that app registration; empty with the managed identity.')
@secure()
param appPassword string = ''

@description('The day on which that secret ends, such as 2027-01-31; empty with the managed identity.')
param appPasswordExpires string = ''

@description('The password of the role that the bot logs in to the database as; letters, digits, - and _ only, since it stands in a URL.')
@secure()
@minLength(16)
param databasePassword string

@description('The password of the administrator of the database server, who makes that role and is not used by the bot.')
@secure()
@minLength(16)
param databaseAdminPassword string

@description('The image whose psql makes that role.')
param roleImage string = 'postgres:17.6-alpine'

@description('What callers of /api/announcements must know.')
@secure()
@minLength(32)
param apiToken string

@description('The text of coordinators.yaml: who may announce in the chat; "coordinators: []" for nobody.')
@minLength(16)
param coordinators string

@description('The number of the Facebook Page; empty: no Messenger.')
param facebookPageId string = ''

@description('The app id of the Meta app that is linked to the Page.')
param facebookAppId string = ''

@description('The secret of that Meta app.')
@secure()
param facebookAppSecret string = ''

@description('The access token of the Page.')
@secure()
param facebookPageToken string = ''

@description('Replicas at most; one is always on. More than one is safe, since the database is shared.')
@minValue(1)
@maxValue(10)
param maxReplicas int = 2

var unique = uniqueString(resourceGroup().id, name)
var isIdentity = empty(appId)
var hasMessenger = !empty(facebookPageId)
var databaseAdmin = 'taikubotadmin'
// The role of ../database/role.sql.
var databaseRole = 'taikubot'
var secretsUser = '4633458b-17de-408a-874b-0445c86b69e6'
var imagePull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

// Reads the secrets and pulls the image. Without an app registration it is the app of the bot too.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-identity'
  location: location
}

var usedAppId = isIdentity ? identity.properties.clientId : appId

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${unique}'
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // The name is the same each time: with protection it could not be used again for 90 days.
    softDeleteRetentionInDays: 7
  }
}

resource vaultAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, secretsUser)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource pullFrom 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = if (!empty(registry)) {
  name: empty(registry) ? 'none0' : registry
}

// Made here, since the identity is: the container waits for it.
resource pullAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registry)) {
  scope: pullFrom
  name: guid(pullFrom.id, identity.id, imagePull)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', imagePull)
  }
}

resource databaseUrlSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'database-url'
  properties: {
    value: 'postgresql+asyncpg://${databaseRole}:${databasePassword}@${server.properties.fullyQualifiedDomainName}/${database.name}?ssl=verify-full'
  }
}

resource apiTokenSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'api-token'
  properties: {
    value: apiToken
  }
}

resource appPasswordSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!isIdentity) {
  parent: vault
  name: 'app-password'
  properties: {
    value: appPassword
  }
}

resource pageTokenSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (hasMessenger) {
  parent: vault
  name: 'facebook-page-token'
  properties: {
    value: facebookPageToken
  }
}

// A network of their own for the bot and its database: nobody else can reach the database at all.
resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-network'
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.20.0.0/24'
      ]
    }
    subnets: [
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.0.0/26'
          delegations: [
            {
              name: 'apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.0.64/28'
          delegations: [
            {
              name: 'database'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
    ]
  }
}

resource databaseZone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: '${name}.private.postgres.database.azure.com'
  location: 'global'
}

resource databaseZoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: databaseZone
  name: 'network'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-${unique}'
  location: location
  sku: {
    name: 'Standard_B1ms'
    tier: 'Burstable'
  }
  properties: {
    version: '17'
    administratorLogin: databaseAdmin
    administratorLoginPassword: databaseAdminPassword
    network: {
      delegatedSubnetResourceId: '${network.id}/subnets/database'
      privateDnsZoneArmResourceId: databaseZone.id
      publicNetworkAccess: 'Disabled'
    }
    storage: {
      storageSizeGB: 32
    }
    backup: {
      backupRetentionDays: 14
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: 'Disabled'
    }
  }
  dependsOn: [
    databaseZoneLink
  ]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: server
  name: 'taikubot'
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    retentionInDays: 30
    sku: {
      name: 'PerGB2018'
    }
  }
}

resource appEnvironment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: '${name}-environment'
  location: location
  properties: {
    vnetConfiguration: {
      infrastructureSubnetId: '${network.id}/subnets/apps'
      internal: false
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
  }
}

// What the bot knows and says, outside the image: an edit there needs no new one.
resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'st${unique}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
  }
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    shareDeleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

resource share 'Microsoft.Storage/storageAccounts/fileServices/shares@2023-05-01' = {
  parent: files
  name: 'content'
  properties: {
    shareQuota: 1
  }
}

resource mount 'Microsoft.App/managedEnvironments/storages@2024-03-01' = {
  parent: appEnvironment
  name: 'content'
  properties: {
    azureFile: {
      accountName: storage.name
      accountKey: storage.listKeys().keys[0].value
      shareName: share.name
      accessMode: 'ReadOnly'
    }
  }
}

var contentSettings = !ownContent ? [] : [
  {
    name: 'BOT_CONTENT_DIR'
    value: '/srv/taikubot/content'
  }
  {
    name: 'BOT_INTENTS_DIR'
    value: '/srv/taikubot/intents'
  }
  {
    name: 'BOT_LOCALE_DIR'
    value: '/srv/taikubot/locale'
  }
]

var host = '${name}.${appEnvironment.properties.defaultDomain}'

var passwordSecrets = isIdentity ? [] : [
  {
    name: 'app-password'
    keyVaultUrl: '${vault.properties.vaultUri}secrets/app-password'
    identity: identity.id
  }
]

var passwordSettings = isIdentity ? [] : [
  {
    name: 'BOT_APP_PASSWORD'
    secretRef: 'app-password'
  }
  {
    name: 'BOT_APP_PASSWORD_EXPIRES'
    value: appPasswordExpires
  }
]

var pageSecrets = !hasMessenger ? [] : [
  {
    name: 'facebook-page-token'
    keyVaultUrl: '${vault.properties.vaultUri}secrets/facebook-page-token'
    identity: identity.id
  }
]

var pageSettings = !hasMessenger ? [] : [
  {
    name: 'BOT_FACEBOOK_PAGE_ID'
    value: facebookPageId
  }
  {
    name: 'BOT_FACEBOOK_PAGE_TOKEN'
    secretRef: 'facebook-page-token'
  }
]

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    managedEnvironmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: 3978
        transport: 'http'
        allowInsecure: false
      }
      registries: empty(registry) ? [] : [
        {
          server: pullFrom.properties.loginServer
          identity: identity.id
        }
      ]
      secrets: concat([
        {
          name: 'database-url'
          keyVaultUrl: '${vault.properties.vaultUri}secrets/database-url'
          identity: identity.id
        }
        {
          name: 'api-token'
          keyVaultUrl: '${vault.properties.vaultUri}secrets/api-token'
          identity: identity.id
        }
        {
          name: 'coordinators'
          value: coordinators
        }
      ], passwordSecrets, pageSecrets)
    }
    template: {
      // Longer than turns and posts under way get to end.
      terminationGracePeriodSeconds: 30
      containers: [
        {
          name: 'taikubot'
          image: image
          resources: {
            // The server, and beside it the process that learns changed phrases.
            cpu: json('1.0')
            memory: '2Gi'
          }
          env: concat([
            {
              name: 'BOT_APP_ID'
              value: usedAppId
            }
            {
              name: 'BOT_APP_TENANT_ID'
              value: tenant().tenantId
            }
            {
              name: 'BOT_PUBLIC_URL'
              value: 'https://${host}'
            }
            {
              name: 'BOT_DATABASE_URL'
              secretRef: 'database-url'
            }
            {
              name: 'BOT_API_TOKEN'
              secretRef: 'api-token'
            }
            {
              name: 'BOT_COORDINATORS_FILE'
              value: '/etc/taikubot/coordinators.yaml'
            }
          ], passwordSettings, pageSettings, contentSettings)
          volumeMounts: [
            {
              volumeName: 'coordinators'
              mountPath: '/etc/taikubot'
            }
            {
              volumeName: 'content'
              mountPath: '/srv/taikubot'
            }
          ]
          // Not /readyz, which is for alarms: a bot without its database still answers.
          probes: [
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 30
              timeoutSeconds: 5
            }
            {
              type: 'Startup'
              httpGet: {
                path: '/healthz'
                port: 3978
              }
              periodSeconds: 5
              failureThreshold: 30
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'content'
          storageType: 'AzureFile'
          storageName: mount.name
        }
        {
          name: 'coordinators'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'coordinators'
              path: 'coordinators.yaml'
            }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: maxReplicas
      }
    }
  }
  dependsOn: [
    vaultAccess
    pullAccess
    databaseUrlSecret
    apiTokenSecret
    appPasswordSecret
    pageTokenSecret
  ]
}

// Makes the role that the bot logs in as; started by hand, once (see deploy/README.md). It lies in the
// network, since nobody outside reaches the database. The password of the administrator is with this
// job alone: the identity of the bot can read what is in the vault.
resource role 'Microsoft.App/jobs@2024-03-01' = {
  name: '${name}-role'
  location: location
  properties: {
    environmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      replicaTimeout: 300
      replicaRetryLimit: 0
      manualTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
      }
      secrets: [
        {
          name: 'admin-password'
          value: databaseAdminPassword
        }
        {
          name: 'role-password'
          value: databasePassword
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'psql'
          image: roleImage
          command: [
            'sh'
            '-c'
            'umask 077 && printf %s "$ROLE_PASSWORD" > /tmp/password && printf %s "$ROLE_SQL" > /tmp/role.sql && ROLE_PASSWORD_FILE=/tmp/password psql --no-psqlrc --set ON_ERROR_STOP=1 --file /tmp/role.sql'
          ]
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
          env: [
            {
              name: 'PGHOST'
              value: server.properties.fullyQualifiedDomainName
            }
            {
              name: 'PGDATABASE'
              value: database.name
            }
            {
              name: 'PGUSER'
              value: databaseAdmin
            }
            {
              name: 'PGPASSWORD'
              secretRef: 'admin-password'
            }
            {
              name: 'PGSSLMODE'
              value: 'verify-full'
            }
            {
              name: 'PGSSLROOTCERT'
              value: 'system'
            }
            {
              name: 'ROLE_PASSWORD'
              secretRef: 'role-password'
            }
            {
              name: 'ROLE_SQL'
              value: loadTextContent('../database/role.sql')
            }
          ]
        }
      ]
    }
  }
}

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: '${name}-${unique}'
  location: 'global'
  kind: 'azurebot'
  sku: {
    name: 'F0'
  }
  properties: {
    displayName: displayName
    endpoint: 'https://${host}/api/messages'
    msaAppId: usedAppId
    msaAppType: isIdentity ? 'UserAssignedMSI' : 'SingleTenant'
    msaAppTenantId: tenant().tenantId
    msaAppMSIResourceId: isIdentity ? identity.id : null
    disableLocalAuth: true
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: {
      isEnabled: true
    }
  }
}

resource messenger 'Microsoft.BotService/botServices/channels@2022-09-15' = if (hasMessenger) {
  parent: bot
  name: 'FacebookChannel'
  location: 'global'
  properties: {
    channelName: 'FacebookChannel'
    properties: {
      isEnabled: true
      appId: facebookAppId
      appSecret: facebookAppSecret
      pages: [
        {
          id: facebookPageId
          accessToken: facebookPageToken
        }
      ]
    }
  }
}

@description('Give this to: taikubot teams-package --app-id')
output botAppId string = usedAppId

@description('Give this to: taikubot teams-package --domain')
output domain string = host

@description('Where the bot is reached.')
output publicUrl string = 'https://${host}'

@description('Where its secrets are.')
output vaultName string = vault.name

@description('Where its content is: the share `content` of this account.')
output storageName string = storage.name

@description('Its database, reached from within the network alone.')
output databaseHost string = server.properties.fullyQualifiedDomainName

@description('Start this once: az containerapp job start --name')
output roleJob string = role.name
