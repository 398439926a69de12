//! TLS in front of the emulator. Without it a benchmark leaves out the most expensive part of a cold start: the first
//! handshake of the process.

use anyhow::Context;
use emulator::Cloud;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A running endpoint. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct TlsEndpoint {
    /// `https://localhost:PORT`: by name, so that looking it up is paid for as well.
    pub(crate) url: String,
    /// The file with the certificate authority that a client has to trust.
    pub(crate) authority: PathBuf,
    /// The variables with the access key that a client signs with.
    pub(crate) access_key: [(&'static str, String); 2],
    server: JoinHandle<()>,
}

impl TlsEndpoint {
    /// Passes everything on to the emulator. `folder` gets the certificate of the authority.
    pub(crate) async fn start(cloud: &Cloud, folder: &Path) -> anyhow::Result<Self> {
        let behind = cloud.endpoint().strip_prefix("http://").context("the endpoint is not plain HTTP")?;
        let behind = behind.to_string();
        let access_key = cloud.root_variables().map(|(name, value)| (name, value.to_owned()));
        let authority = folder.join("authority.pem");
        let config = certificates(&authority)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let server = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // A function that is killed breaks its connections: nothing to tell anybody.
                    let _ = pass(acceptor, client, &behind).await;
                });
            }
        });
        Ok(Self { url, authority, access_key, server })
    }
}

impl Drop for TlsEndpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(acceptor: TlsAcceptor, client: TcpStream, behind: &str) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(behind).await?;
    server.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// An authority of our own, written to `file`, and a certificate for `localhost` from it.
fn certificates(file: &Path) -> anyhow::Result<ServerConfig> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key)?;
    std::fs::write(file, certificate.pem()).with_context(|| format!("could not write {}", file.display()))?;

    let key = KeyPair::generate()?;
    let issuer = Issuer::new(authority, authority_key);
    let leaf = CertificateParams::new(vec!["localhost".to_string()])?.signed_by(&key, &issuer)?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)?)
}
