# A server of models; see docs/operate.md.
#   docker build -t sensorium . && docker run -p 8000:8000 -v /srv/models:/models -v /etc/sensorium/keys:/keys:ro sensorium serve /models/mine --host 0.0.0.0 --api-key-file /keys --json
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm pack --pack-destination /

# ONNX Runtime needs glibc: images of Alpine do not work.
FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /sensorium-*.tgz /tmp/
RUN npm init -y && npm install --omit=dev --ignore-scripts /tmp/sensorium-*.tgz && npm cache clean --force && rm /tmp/sensorium-*.tgz
USER node
EXPOSE 8000
HEALTHCHECK --start-period=5m CMD ["node", "-e", "fetch('http://127.0.0.1:8000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that it gets SIGTERM.
ENTRYPOINT ["node", "/app/node_modules/sensorium/bin/sensorium.mjs"]
CMD ["serve", "--host", "0.0.0.0", "--json"]
