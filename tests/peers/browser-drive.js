// Drives a browser through the pages for browser.t: node browser-drive.js PART BASE ARGUMENT...  Each line on standard output is something wrong,
// but for the last, which says how much was looked at.
'use strict';
const fs = require('fs');
const puppeteer = require('puppeteer-core');

const [part, base, ...rest] = process.argv.slice(2);
const tell = (text) => console.log(String(text).replace(/\s+/g, ' ').slice(0, 400));
let looked = 0;

async function open(browser, path, width, scheme) {
	const page = await browser.newPage();
	page.setDefaultTimeout(120000);
	page.said = [];
	page.elsewhere = [];
	page.on('console', (message) => page.said.push(message.text()));
	page.on('pageerror', (error) => page.said.push(String(error)));
	page.on('request', (request) => {
		if (!request.url().startsWith(base + '/')) page.elsewhere.push(request.url());
	});
	await page.setViewport({ width, height: 900 });
	await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
	page.answer = await page.goto(base + path, { waitUntil: 'load' });
	return page;
}

// Rules of accessibility, and nothing that sticks out of the window.
async function look(browser) {
	const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
	for (const path of rest) {
		for (const [width, scheme] of [[1280, 'light'], [1280, 'dark'], [320, 'light']]) {
			const page = await open(browser, path, width, scheme);
			const where = `${path} at ${width} px, ${scheme}`;
			const out = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			if (out > 0) tell(`${where}: ${out} px stick out`);
			const blocked = page.said.filter((text) => !/status of 40[04]/.test(text));
			if (blocked.length) tell(`${where}: the browser says ${blocked[0]}`);
			// axe's rules run in a world of the driver's own, which the page's policy does not reach
			await page.evaluate(axe);
			const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
			for (const violation of result.violations)
				tell(`${where}: ${violation.id}: ${violation.nodes[0].html} ${violation.nodes[0].failureSummary}`);
			looked++;
			await page.close();
		}
	}
}

const expect = (holds, what) => {
	looked++;
	if (!holds) tell(what);
};

// As a reader walks: by keyboard, by links, by a search.
async function walk(browser) {
	const [crane, arabic] = rest;
	const page = await open(browser, '/', 1280, 'light');
	await page.keyboard.press('Tab');
	expect(await page.evaluate(() => document.activeElement.className === 'skip' && document.activeElement.getBoundingClientRect().width > 20),
		'the first stop of the keyboard is not the link to the content, or it cannot be seen');
	await page.keyboard.press('Enter');
	expect(await page.evaluate(() => document.activeElement.id === 'main'), 'the link to the content does not lead there');
	expect(await page.evaluate(() => [...document.querySelectorAll('a, input, button, summary')].every((element) => {
		element.focus();
		const style = getComputedStyle(element);
		return element.classList.contains('skip') || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
	})), 'something has the focus and does not show it');
	await Promise.all([page.waitForNavigation(), page.click('a[href="/workstream/quay"]')]);
	expect((await page.$eval('h1', (element) => element.textContent)) === 'Quays and cranes', 'the workstream is not where its link leads');
	await Promise.all([page.waitForNavigation(), page.click(`a[href="/message/${crane}"]`)]);
	expect((await page.$eval('h1', (element) => element.textContent)) === 'The cranes', 'the letter is not where its link leads');
	expect((await page.$$eval('.body mark', (marks) => marks.map((mark) => mark.textContent))).includes('gantry cranes'), 'the evidence is not marked');
	expect(await page.$eval('.body mark', (mark) => getComputedStyle(mark).borderBottomStyle === 'solid'), 'the mark cannot be seen');
	await page.type('#q', 'squeak');
	await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
	expect(page.url().endsWith('/search?q=squeak'), 'the search has no address');
	expect((await page.$$eval('mark.found', (marks) => marks.map((mark) => mark.textContent))).includes('squeak'), 'what was found is not marked');
	expect((await page.$eval('#q', (element) => element.value)) === 'squeak', 'the question is not there any more');
	await page.$eval('#q', (element) => { element.value = ''; });
	await page.type('#q', 'from:"ada');
	await Promise.all([page.waitForNavigation(), page.click('button')]);
	expect((await page.$eval('[role=alert]', (element) => element.textContent)).includes('column'), 'a mistake is not pointed at');
	await page.goto(base + '/message/' + arabic);
	const [text, heading] = await page.evaluate(() => {
		const range = document.createRange();
		range.selectNodeContents(document.querySelector('.body p[dir]'));
		const box = document.querySelector('.body').getBoundingClientRect();
		return [Math.abs([...range.getClientRects()].reduce((most, rect) => Math.max(most, rect.right), 0) - box.right), getComputedStyle(document.querySelector('h1')).direction];
	});
	expect(text < 3, `Arabic text does not stand right: ${text} px from the edge`);
	expect(heading === 'rtl', 'an Arabic subject does not run from right to left');
	await page.emulateMediaType('print');
	expect(await page.$eval('.top nav', (element) => getComputedStyle(element).display === 'none'), 'the navigation is printed');
	await page.close();
}

async function safe(browser) {
	for (const path of rest) {
		const page = await open(browser, path, 1000, 'light');
		expect(!(await page.title()).startsWith('pwned') && (await page.title()) !== '1', `${path}: a script ran`);
		expect((await page.$$('main script, main img, main iframe, main style, main [style]')).length === 0, `${path}: markup of mail`);
		expect(page.elsewhere.length === 0, `${path}: asks elsewhere: ${page.elsewhere[0]}`);
		expect(page.said.length === 0, `${path}: the browser says ${page.said[0]}`);
		// a script that got into the page after all would be stopped by the policy
		const ran = await page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.ran = true';
			document.body.appendChild(script);
			return window.ran === true;
		});
		expect(!ran, `${path}: the policy lets scripts run`);
		await page.close();
	}
}

(async () => {
	// beside other tests a browser's first start, with nothing of it in memory, may take longer than the half minute that the driver would wait
	const browser = await puppeteer.launch({
		executablePath: process.env.BROWSER, headless: true, timeout: 240000, protocolTimeout: 240000,
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
	});
	try {
		await { look, walk, safe }[part](browser);
	} finally {
		await browser.close();
	}
	tell(`looked at ${looked}`);
})().catch((error) => {
	tell(error.stack);
	process.exit(1);
});
