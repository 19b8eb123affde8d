// SPDX-License-Identifier: MIT

/// Every page of this context keeps its peer connections in window.peers. `config` is added to their configuration.
export function rememberPeers(context, config = {}) {
  return context.addInitScript((more) => {
    window.peers = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(own) {
        super({ ...own, ...more });
        window.peers.push(this);
      }
    };
  }, config);
}

/// The selected candidate pair of the latest peer connection, from getStats().
export function selectedPair(page) {
  return page.evaluate(async () => {
    const stats = await window.peers.at(-1).getStats();
    const transport = [...stats.values()].find(({ type }) => type === 'transport');
    const { localCandidateId, remoteCandidateId } = stats.get(transport.selectedCandidatePairId);
    const local = stats.get(localCandidateId);
    const remote = stats.get(remoteCandidateId);
    return { local: local.candidateType, protocol: local.protocol, relayProtocol: local.relayProtocol,
      remote: remote.candidateType, remoteAddress: remote.address, remotePort: remote.port };
  });
}
