// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "base/metrics.hpp"
#include "log/log.hpp"
#include "loop/disk_thread.hpp"
#include "tls/certificate.hpp"

namespace cs {

/// The TLS certificate in use, which reload() replaces. Its expiry is a metric. Main thread only, except get().
class ReloadableCertificate {
 public:
  /// Reads the files. Throws StartupError if one is invalid.
  ReloadableCertificate(TlsFiles files, Metrics& metrics);

  /// The certificate for new connections; never null. Any thread.
  [[nodiscard]] std::shared_ptr<const TlsCertificate> get() const;

  /// Rereads the files on a separate thread. If they are invalid or are still being read, the certificate stays, and
  /// the error is logged and counted.
  void reload();

 private:
  void use(std::shared_ptr<const TlsCertificate> certificate);

  const TlsFiles files_;
  const Log log_;
  Metric& failed_;
  Metric& expiry_;

  mutable std::mutex mutex_;
  std::shared_ptr<const TlsCertificate> certificate_;  // guarded by mutex_

  std::atomic<bool> is_reading_ = false;  // a reload is reading the files
  DiskThread reader_{"certificates"};     // last member: its jobs use all others
};

}  // namespace cs
