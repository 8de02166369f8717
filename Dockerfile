# The page is committed as it is built, so no Node is needed here.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.buildVersion=${VERSION}" -o /out/gather ./cmd/gather \
 && mkdir -p /out/data/gather-data

FROM gcr.io/distroless/static-debian12:nonroot
WORKDIR /data
COPY --from=build --chown=65532:65532 /out/data/ /data/
COPY --from=build /out/gather /gather
USER 65532:65532
EXPOSE 8080
VOLUME /data/gather-data
# A container is reached from outside, so it listens on all addresses and
# refuses to start without an API key: see docs/how-to.md.
ENV GATHER_SERVER_LISTEN=0.0.0.0:8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/gather", "health"]
ENTRYPOINT ["/gather"]
CMD ["serve"]
