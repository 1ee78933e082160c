/**
 * quality-panel.js: the connection in words and numbers. While it is closed only the bars beside the names are kept right.
 */
import { QualityReader, rateLine, rateReceived, rateSent } from '../curia.js';
import { byId, make, setText } from './dom.js';
import { advice, lineFigures, receivedLine, sentLine, TITLES } from './quality-words.js';
import { bitrateWords, signalBars } from './signal.js';

/** @typedef {import('../curia/quality.js').Sample} Sample */
/** @typedef {import('../curia/quality.js').Rate} Rate */
/** @typedef {import('./quality-words.js').Line} Line */

const EVERY_MS = 2000;
const PLOT_POINTS = 60; /* two minutes */
const PLOT = { width: 300, height: 56 };

export class QualityPanel {
	#meeting;
	#onrates;
	#reader;
	#isOpen = false;
	#busy = false;
	/** @type {number[]} what came in, bits per second */
	#history = [];
	#timer;

	/**
	 * @param {import('../curia.js').Meeting} meeting
	 * @param {(rates: Map<string, Rate>) => void} onrates gets the rate of every tile, by its key
	 */
	constructor(meeting, onrates) {
		this.#meeting = meeting;
		this.#onrates = onrates;
		this.#reader = new QualityReader(meeting);
		this.#timer = setInterval(() => this.#look(), EVERY_MS);
		const button = byId('quality-button');
		if (!button.querySelector('.signal')) button.prepend(signalBars());
	}

	open() {
		this.#isOpen = true;
		this.#look();
	}

	close() {
		this.#isOpen = false;
	}

	stop() {
		clearInterval(this.#timer);
		this.close();
	}

	async #look() {
		if (this.#busy || document.hidden || this.#meeting.state !== 'connected') return;
		this.#busy = true;
		try {
			const asked = this.#isOpen ? this.#meeting.quality() : null;
			const sample = await this.#reader.read();
			const server = await asked;
			this.#history = [...this.#history, sum(sample.received)].slice(-PLOT_POINTS);
			const rate = rateLine(sample, server);
			this.#drawButton(rate);
			this.#onrates(tileRates(sample));
			if (this.#isOpen) this.#draw(rate, sample, server);
		} catch (error) {
			console.debug('curia: no statistics:', String(error));
		} finally {
			this.#busy = false;
		}
	}

	/** @param {Rate} rate */
	#drawButton(rate) {
		const button = byId('quality-button');
		const bars = /** @type {HTMLElement} */ (button.querySelector('.signal'));
		bars.dataset.rate = rate;
		button.setAttribute('aria-label', `Connection: ${rate}`);
		button.title = `Connection: ${rate} (Q)`;
	}

	/**
	 * @param {Rate} rate
	 * @param {Sample} sample
	 * @param {import('../curia/types.js').Quality | null} server
	 */
	#draw(rate, sample, server) {
		byId('quality-sum').dataset.rate = rate;
		setText(byId('quality-words'), TITLES[rate]);
		setText(byId('quality-advice'), advice(rate, sample, server));
		drawFigures(byId('quality-figures'), lineFigures(sample, server));
		this.#plot(server?.estimate_bps ?? 0);
		const { sent, received } = sample;
		const shown = sent.filter((row) => row.bps > 0 || row.rid || row.source === 'camera');
		const live = shown.filter(({ source }) => !(this.#meeting.local.get(source)?.muted ?? true));
		drawRows(byId('quality-sent'), live.map((row) => sentLine(row, this.#meeting.wanted(row.source))),
			'You are sending nothing now.');
		const name = (/** @type {string} */ id) => this.#meeting.participant(id)?.name ?? 'Somebody';
		const video = received.filter((row) => row.kind === 'video' || row.bps > 0);
		drawRows(byId('quality-received'), [...video].sort((a, b) => b.kind.localeCompare(a.kind))
			.map((row) => receivedLine(row, name(row.participant), server)), 'You are receiving nothing now.');
	}

	/** The last two minutes; a line above shows what the server thinks there is room for. @param {number} estimate_bps */
	#plot(estimate_bps) {
		const top = Math.max(100000, estimate_bps, ...this.#history) * 1.1;
		const x = (/** @type {number} */ i) => Math.round((i + PLOT_POINTS - this.#history.length) * PLOT.width / (PLOT_POINTS - 1));
		const y = (/** @type {number} */ bps) => Math.round((1 - bps / top) * PLOT.height * 10) / 10;
		const line = this.#history.map((bps, i) => `${x(i)},${y(bps)}`);
		byId('quality-curve').setAttribute('points', line.join(' '));
		byId('quality-area').setAttribute('points', line.length > 1
			? [`${x(0)},${PLOT.height}`, ...line, `${PLOT.width},${PLOT.height}`].join(' ') : '');
		const estimate = byId('quality-estimate');
		estimate.toggleAttribute('hidden', estimate_bps === 0);
		for (const name of ['y1', 'y2']) estimate.setAttribute(name, String(y(estimate_bps)));
		byId('quality-plot').setAttribute('aria-label', `Received in the last two minutes: now ${bitrateWords(
			this.#history.at(-1) ?? 0)}, at most ${bitrateWords(Math.max(0, ...this.#history))}`);
	}
}

/** @param {{bps: number}[]} list */
const sum = (list) => list.reduce((total, { bps }) => total + bps, 0);

/** @param {Sample} sample @returns {Map<string, Rate>} */
function tileRates(sample) {
	/** @type {Map<string, Rate>} */
	const rates = new Map(sample.received.filter((row) => row.kind === 'video')
		.map((row) => [`${row.participant}/${row.source}`, rateReceived(row)]));
	return rates.set('self/camera', rateSent(sample));
}

/**
 * @param {HTMLElement} list a <dl>
 * @param {[string, string][]} figures
 */
function drawFigures(list, figures) {
	while (list.children.length > figures.length) list.lastElementChild?.remove();
	figures.forEach(([name, value], i) => {
		const pair = list.children[i] ?? list.appendChild(make('div', {}, make('dt'), make('dd')));
		setText(pair.children[0], name);
		setText(pair.children[1], value);
	});
}

/**
 * Rows stay where they are and only their text changes, so that a reader is not thrown out of the list.
 * @param {HTMLElement} list
 * @param {Line[]} lines
 * @param {string} nothing
 */
function drawRows(list, lines, nothing) {
	const shown = lines.length > 0 ? lines : [{ title: nothing, chip: '', figures: '', note: '', warn: false }];
	while (list.children.length > shown.length) list.lastElementChild?.remove();
	shown.forEach(({ title, chip, figures, note, warn }, i) => {
		const row = list.children[i] ?? list.appendChild(make('li', { class: 'quality-row' }, make('b'),
			make('span', { class: 'quality-chip' }), make('span', { class: 'quality-numbers' }), make('small')));
		/** @type {HTMLElement} */ (row).dataset.warn = String(warn);
		[title, chip, figures, note].forEach((text, at) => {
			const part = /** @type {HTMLElement} */ (row.children[at]);
			setText(part, text);
			part.hidden = text === '';
		});
	});
}
