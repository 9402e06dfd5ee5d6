// The app `bank` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const PAYEES = ['Water company', 'Landlord', 'Phone company', 'Tennis club', 'Daily paper', 'Insurance', 'Car loan'];
const NEW = ['Music school', 'Bakery', 'Vet', 'Garage'];

/** Bank. */
export const bank = defineApp({
  name: 'bank',
  title: 'Bank',
  heldOut: true,
  init: (rng) => ({
    payees: some(rng, PAYEES, 5),
    orders: some(rng, PAYEES, 3),
    payments: [] as { to: string; amount: string }[],
    frozen: false,
    alerts: false,
  }),
  page: `
app({
  home: () => [title('Bank'), text('Balance 1240'), row('Pay', '', () => go('payees')), row('Standing orders', '', () => go('orders')), row('Card', '', () => go('card'))],
  payees: () => [title('Pay'), row('New payee', '', () => go('new')), state.payees.map((p) => row(p, '', () => go('pay', p)))],
  pay: (p) => [title('Pay ' + p), field('Amount'), button('Continue', () => go('sure', p, form.Amount))],
  sure: (p, amount) => [title('Pay ' + amount + ' to ' + p + '?'), button('Confirm payment', () => { state.payments.push({ to: p, amount }); go('home'); }), button('Cancel', () => go('home'))],
  new: () => [title('New payee'), field('Payee name'), button('Save', () => { state.payees.push(form['Payee name']); back(); })],
  orders: () => [title('Standing orders'), state.orders.map((o) => row(o, 'monthly', () => go('order', o)))],
  order: (o) => [has(state.orders.indexOf(o)) >= 0 && title(o), text('Every month.'), row('Cancel order', '', () => { state.orders.splice(state.orders.indexOf(o), 1); go('home'); })],
  card: () => [title('Card'), toggle('Freeze card', state.frozen, (on) => { state.frozen = on; }), toggle('Spending alerts', state.alerts, (on) => { state.alerts = on; })],
});`,
  tasks: [
    {
      name: 'pay',
      make: (s, rng) => {
        const [to, amount] = [rng.pick(s.payees), String(5 + rng.int(91))];
        return {
          text: `Pay ${to} the amount "${amount}" and confirm the payment.`,
          goal: (t) => t.payments.push({ to, amount }),
          plan: [
            ['tap', 'Pay'],
            ['tap', to],
            ['type', 'Amount', amount],
            ['tap', 'Continue'],
            ['tap', 'Confirm payment'],
          ],
        };
      },
    },
    {
      name: 'freeze',
      make: () => ({
        text: 'Freeze the card.',
        goal: (t) => {
          t.frozen = true;
        },
        plan: [
          ['tap', 'Card'],
          ['tap', 'Freeze card'],
        ],
      }),
    },
    {
      name: 'alerts',
      make: () => ({
        text: 'Turn on spending alerts.',
        goal: (t) => {
          t.alerts = true;
        },
        plan: [
          ['tap', 'Card'],
          ['tap', 'Spending alerts'],
        ],
      }),
    },
    {
      name: 'payee',
      make: (_, rng) => {
        const name = rng.pick(NEW);
        return {
          text: `Save a new payee with the payee name "${name}".`,
          goal: (t) => t.payees.push(name),
          plan: [
            ['tap', 'Pay'],
            ['tap', 'New payee'],
            ['type', 'Payee name', name],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'cancel',
      make: (s, rng) => {
        const at = rng.int(s.orders.length);
        const name = s.orders[at] as string;
        return {
          text: `Cancel the standing order of ${name}.`,
          goal: (t) => t.orders.splice(at, 1),
          plan: [
            ['tap', 'Standing orders'],
            ['tap', name],
            ['tap', 'Cancel order'],
          ],
        };
      },
    },
  ],
});
