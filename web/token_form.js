// SPDX-License-Identifier: MIT

/// A form over the picture in which the user enters a token. `given(text)` returns whether the token is well-formed.
export class TokenForm {
  #form = document.createElement('form');

  constructor(stage, given) {
    this.#form.id = 'token';
    const label = document.createElement('label');
    const input = document.createElement('input');
    const button = document.createElement('button');
    label.textContent = 'Token ';
    // Keeps password managers from storing a token that expires.
    Object.assign(input, { type: 'password', autocomplete: 'off', required: true, spellcheck: false });
    button.textContent = 'Watch';
    label.append(input);
    this.#form.append(label, button);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (given(input.value)) this.#form.hidden = true;
      input.value = '';
    });
    // Clicks here must not act on the picture.
    for (const type of ['click', 'dblclick']) this.#form.addEventListener(type, (event) => event.stopPropagation());
    stage.append(this.#form);
  }

  show() {
    this.#form.hidden = false;
    this.#form.querySelector('input').focus();
  }

  hide() {
    this.#form.hidden = true;
  }
}
