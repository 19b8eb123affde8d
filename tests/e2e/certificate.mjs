// SPDX-License-Identifier: MIT
// Self-signed certificates for tests.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/// A self-signed certificate for "localhost" and its key, in separate files.
export class Certificate {
  #folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  cert = join(this.#folder, 'cert.pem');
  key = join(this.#folder, 'key.pem');

  constructor() {
    this.renew();
  }

  /// Writes a new certificate and key to the same files.
  renew() {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
      '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', this.key, '-out', this.cert],
    { stdio: 'ignore' });
  }

  get settings() {
    return { CS_TLS_CERT: this.cert, CS_TLS_KEY: this.key };
  }

  remove() {
    rmSync(this.#folder, { recursive: true });
  }
}
