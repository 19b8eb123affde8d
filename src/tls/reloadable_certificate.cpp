// SPDX-License-Identifier: MIT
#include "tls/reloadable_certificate.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace cs {

ReloadableCertificate::ReloadableCertificate(TlsFiles files, Metrics& metrics)
    : files_(std::move(files)),
      log_(make_log("tls")),
      failed_(metrics.get("tls_reloads_failed_total")),
      expiry_(metrics.get("tls_certificate_expiry_timestamp_seconds")) {
  use(std::make_shared<const TlsCertificate>(files_));
}

std::shared_ptr<const TlsCertificate> ReloadableCertificate::get() const {
  const std::lock_guard lock(mutex_);
  return certificate_;
}

void ReloadableCertificate::reload() {
  const auto fail = [this](const char* why) {
    failed_.add();
    log_->error("certificate not reloaded; the old certificate stays in use: {}", why);
  };
  if (is_reading_.exchange(true))
    return fail("the previous reload is still reading the files; check whether the disk of CS_TLS_CERT hangs");
  reader_.post([this, fail] {
    try {
      auto certificate = DiskThread::call([files = files_] { return std::make_shared<const TlsCertificate>(files); });
      is_reading_ = false;
      use(std::move(certificate));
    } catch (const std::exception& failure) {  // StartupError or std::bad_alloc
      is_reading_ = false;
      fail(failure.what());
    }
  });
}

void ReloadableCertificate::use(std::shared_ptr<const TlsCertificate> certificate) {
  {
    const std::lock_guard lock(mutex_);
    certificate_ = certificate;
  }
  expiry_.add(std::chrono::duration_cast<std::chrono::seconds>(certificate->expires().time_since_epoch()).count() -
              expiry_.value());
  if (!certificate->is_for_browsers())
    log_->warn("browsers will reject the certificate: its key is neither RSA nor ECDSA on P-256 or P-384");
  // Logged after the certificate is in use: a reader of the line can rely on it.
  if (certificate->expires() > std::chrono::system_clock::now())
    log_->info("certificate loaded: {}", certificate->description());
  else
    log_->warn("browsers will reject the certificate, which has expired: {}", certificate->description());
}

}  // namespace cs
