# Builds the image of token-injector: a Node to run on, and our bundle of a few megabytes on top of it.
#
#   docker build -t token-injector:0.1.0 .
#
# BUILD_IMAGE  a Node with npm and a shell, for the build alone
# BASE_IMAGE   what the image runs on: a Node 24 and what it needs; has no shell by default
# BUNDLE       "built": made here, for which npm needs its registry;
#              "local": the folder dist/ that "npm run build" made before
ARG BUILD_IMAGE=node:24-slim
ARG BASE_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot
ARG BUNDLE=built

FROM ${BUILD_IMAGE} AS built
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY tools tools
RUN node tools/build.ts

FROM scratch AS local
COPY dist /build/dist

FROM ${BUNDLE} AS bundle

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="token-injector" \
      org.opencontainers.image.description="Gives vendor agents their API tokens in GitOps clusters." \
      org.opencontainers.image.licenses="Apache-2.0"
# Where bases keep their node: "distroless" has it in a folder of its own.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin
# Without it Node would have to find out what kind of modules these are.
COPY package.json LICENSE /app/
COPY --from=bundle /build/dist /app
WORKDIR /app
# A number, so that the kubelet can see that it is not root.
USER 65532:65532
# The program handles SIGTERM itself, so it may be process 1. The flag saves memory under load, see src/main.ts.
ENTRYPOINT ["node", "--max-semi-space-size=8", "/app/token-injector.js"]
CMD ["--help"]
