// The app `shop` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const THINGS = [
  'Blue mug',
  'Red mug',
  'Green lamp',
  'Desk lamp',
  'Wool hat',
  'Rain coat',
  'Tea pot',
  'Wooden chair',
  'Garden chair',
  'Paper kite',
  'Black pen',
  'Soap box',
  'Bread knife',
  'Wall clock',
  'Bath towel',
  'Toy train',
];
const CODES = ['SPRING', 'HELLO5', 'BOOKDAY', 'WINTER', 'FRIEND', 'LUCKY7'];

/** Shop. */
export const shop = defineApp({
  name: 'shop',
  title: 'Shop',
  init: (rng) => {
    const items = some(rng, THINGS, 16).map((name) => ({ name, price: 2 + rng.int(89) }));
    return { items, cart: some(rng, items, 2).map(({ name }) => name), wishes: [] as string[], coupon: '', orders: [] as string[][] };
  },
  page: `
const price = (name) => '$' + state.items.find((i) => i.name === name).price;
app({
  home: () => [title('Shop'), row('Cart', state.cart.length + ' things', () => go('cart')), row('Wish list', '', () => go('wishes')),
    state.items.map(({ name }) => row(name, '', () => go('item', name)))],
  item: (name) => [title(name), text('Costs ' + price(name) + ' and comes tomorrow.'),
    button('Add to cart', () => state.cart.push(name)), button('Put on wish list', () => state.wishes.push(name)), row('Share', '', () => go('share', name))],
  share: (name) => [title('Share ' + name), text('Nobody to share with yet.')],
  wishes: () => [title('Wish list'), state.wishes.length ? state.wishes.map((w) => row(w, '', () => go('item', w))) : text('No wishes yet.')],
  cart: () => [title('Cart'), state.cart.map((name, i) => row('Remove ' + name, price(name), () => state.cart.splice(i, 1))),
    field('Coupon', state.coupon), button('Apply coupon', () => { state.coupon = form.Coupon; }), button('Check out', () => go('pay'))],
  pay: () => [title('Check out'), text('You pay when it comes.'),
    button('Place order', () => { state.orders.push(state.cart.splice(0)); go('thanks'); }), button('Cancel', () => back())],
  thanks: () => [title('Thank you'), text('Your order is on its way.')],
});`,
  tasks: [
    {
      name: 'add-to-cart',
      make: (s, rng) => {
        const { name } = rng.pick(s.items);
        return {
          text: `Add the ${name} to the cart.`,
          goal: (t) => t.cart.push(name),
          plan: [
            ['tap', name],
            ['tap', 'Add to cart'],
          ],
        };
      },
    },
    {
      name: 'wish',
      make: (s, rng) => {
        const { name } = rng.pick(s.items);
        return {
          text: `Put the ${name} on the wish list.`,
          goal: (t) => t.wishes.push(name),
          plan: [
            ['tap', name],
            ['tap', 'Put on wish list'],
          ],
        };
      },
    },
    {
      name: 'remove',
      make: (s, rng) => {
        const at = rng.int(2);
        const name = s.cart[at] as string;
        return {
          text: `Remove the ${name} from the cart.`,
          goal: (t) => t.cart.splice(at, 1),
          plan: [
            ['tap', 'Cart'],
            ['tap', `Remove ${name}`],
          ],
        };
      },
    },
    {
      name: 'coupon',
      make: (_, rng) => {
        const code = rng.pick(CODES);
        return {
          text: `Apply the coupon "${code}".`,
          goal: (t) => {
            t.coupon = code;
          },
          plan: [
            ['tap', 'Cart'],
            ['type', 'Coupon', code],
            ['tap', 'Apply coupon'],
          ],
        };
      },
    },
    {
      name: 'order',
      make: () => ({
        text: 'Check out the cart and place the order.',
        goal: (t) => t.orders.push(t.cart.splice(0)),
        plan: [
          ['tap', 'Cart'],
          ['tap', 'Check out'],
          ['tap', 'Place order'],
        ],
      }),
    },
  ],
});
