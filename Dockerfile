# One static binary and nothing else: docker run --rm -v "$PWD:/work:ro" lint401 check
FROM docker.io/library/rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM scratch
COPY --from=build /src/target/release/lint401 /lint401
WORKDIR /work
ENTRYPOINT ["/lint401"]
