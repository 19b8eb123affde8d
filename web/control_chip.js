// SPDX-License-Identifier: MIT

const kMostRequests = 3;

/// The chip at the top right that says who has control. It takes no space and no attention when there is nothing to
/// say. Names are text, never HTML.
export class ControlChip {
  element = make('aside', { id: 'control', hidden: true, ariaLabel: 'Control' });

  #text = make('span', { role: 'status' });
  #actions = make('span', { className: 'actions' });
  #requests = make('span', { className: 'requests' });
  #ask;
  #shown = '';

  /// `ask(message)` sends what a button asks for.
  constructor(stage, ask) {
    this.#ask = ask;
    this.element.append(this.#requests, this.#text, this.#actions);
    for (const type of ['click', 'dblclick', 'pointerdown'])
      this.element.addEventListener(type, (event) => event.stopPropagation());
    stage.append(this.element);
  }

  /// `view`: see chipOf().
  show(view) {
    const shown = JSON.stringify(view);
    if (shown === this.#shown) return; // keeps the focus on a button
    this.#shown = shown;
    this.element.hidden = view === null;
    if (view === null) return;
    const { text, title, isOwn, actions, requests } = view;
    this.element.classList.toggle('own', isOwn && requests.length === 0);
    this.element.title = title;
    const more = requests.length - kMostRequests;
    const said = requests.length > 0 ? '' : text;
    if (this.#text.textContent !== said) this.#text.textContent = said;
    this.#requests.replaceChildren(
      ...requests.slice(0, kMostRequests).map(({ text: asks, ask }) =>
        make('span', { className: 'request', role: 'status' }, make('span', {}, asks), this.#button('Hand over', ask))),
      ...(more > 0 ? [make('span', { className: 'more' }, `and ${more} more`)] : []));
    this.#actions.replaceChildren(...actions.map(({ label, ask }) => this.#button(label, ask)));
  }

  /// Draws attention to the chip: someone tries to use a scene that another person controls.
  nudge() {
    this.element.classList.remove('nudged');
    void this.element.offsetWidth; // starts the animation again
    this.element.classList.add('nudged');
  }

  /// A button without a message only says something.
  #button(label, ask) {
    const button = make('button', { type: 'button', disabled: !ask }, label);
    if (ask) button.addEventListener('click', () => this.#ask(ask));
    return button;
  }
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
