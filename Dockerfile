# catalogue in a container. It does not run as root, and its root file system can be read-only.
#
#   docker build --tag catalogue .
#   docker volume create movies
#   docker run --rm --volume movies:/data catalogue init
#   docker run --rm --volume movies:/data --interactive --tty catalogue adduser admin
#   docker run --detach --name catalogue --volume movies:/data --publish 127.0.0.1:5890:5890 --publish 127.0.0.1:5880:5880 \
#       --read-only --cap-drop ALL --security-opt no-new-privileges catalogue
#
# docs/operations.md describes imports, backups and TLS.

FROM docker.io/library/rust:1.95-slim-trixie AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY seed.sql ./
COPY crates crates
COPY src src
RUN cargo build --release --locked --bin catalogue

FROM docker.io/library/debian:trixie-slim
RUN useradd --system --uid 5890 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin catalogue \
    && install --directory --owner catalogue --group catalogue --mode 0750 /data
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/catalogue/
COPY --from=build /build/target/release/catalogue /usr/local/bin/

# Every address within the container is private, and --publish decides which clients can connect.
# So plaintext is allowed here; CATALOGUE_TLS_CERT and CATALOGUE_TLS_KEY turn TLS on.
ENV CATALOGUE_DB=/data/sae.db \
    CATALOGUE_LISTEN=0.0.0.0:5890 \
    CATALOGUE_HTTP=0.0.0.0:5880 \
    CATALOGUE_HTTP_HOSTS=localhost,127.0.0.1 \
    CATALOGUE_ALLOW_PLAINTEXT=true

# A number, because an orchestrator that forbids root cannot check a name.
USER 5890:5890
WORKDIR /data
VOLUME /data
EXPOSE 5890 5880
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["catalogue", "client", "PING"]
ENTRYPOINT ["catalogue"]
CMD ["serve"]
