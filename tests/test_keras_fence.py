"""What Keras does not document and this package uses: each test says what breaks without it."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from keras_gan_kit import _keras

pytestmark = pytest.mark.backend
BACKEND = keras.backend.backend()


def plain_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    return model


def data(samples=8):
    return np.ones((samples, 2), "float32"), np.ones((samples, 1), "float32")


def test_functions_that_keras_made_are_wrapped(make_gan, images):
    """Otherwise the compiled loop, replicas and the end of the data are Keras' again."""
    wrapped = []

    class Recorded(make_gan().__class__):
        def wrap_train_function(self, function):
            wrapped.append("train")
            return super().wrap_train_function(function)

        def wrap_test_function(self, function):
            wrapped.append("test")
            return super().wrap_test_function(function)

    gan = make_gan(Recorded)
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=42, validation_data=images, epochs=2, verbose=0)
    assert wrapped == ["train", "test"]


def test_dropped_functions_are_made_again(make_gan, images):
    """Otherwise a longer step log would not be the one that the compiled step writes to."""
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.fit(images, batch_size=42, verbose=0)
    before = gan.train_function
    gan.drop_step_functions()
    gan.fit(images, batch_size=42, verbose=0)
    assert before is not None
    assert gan.train_function is not before


def test_exchanged_functions_are_used(make_gan, images):
    """Otherwise the wrong player would learn in rounds."""
    gan = make_gan()
    gan.compile(run_eagerly=True)
    gan.make_train_function()
    first = gan.exchange_train_function(None)
    second = gan.exchange_train_function(first)
    assert first is not second
    assert gan.train_function is first


@pytest.mark.skipif(BACKEND != "tensorflow", reason="Keras' TensorFlow trainer")
def test_keras_builds_no_model_of_ours(make_gan):
    """Otherwise Keras takes a batch, and fails if replicas have parts of different sizes."""
    assert hasattr(keras.Model, "_maybe_symbolic_build")

    class Untouched:
        def __iter__(self):
            raise AssertionError("a batch was taken")

    make_gan()._maybe_symbolic_build(iterator=Untouched())


@pytest.mark.skipif(BACKEND != "jax", reason="Keras' JAX trainer")
def test_the_jax_state_is_put_back_into_the_variables():
    """Otherwise a stream that ends early loses what callbacks assigned."""
    model = plain_model()
    state = (
        [ops.full(v.shape, 3.0) for v in model.trainable_variables],
        [v.value for v in model.non_trainable_variables],
        [v.value for v in model.optimizer.variables],
        [v.value for v in model.metrics_variables],
    )
    model._jax_state_synced = False
    _keras.keep_jax_state(model, state)
    model.jax_state_sync()
    assert all((ops.convert_to_numpy(v) == 3.0).all() for v in model.trainable_variables)


def test_a_nested_scope_reads_through_and_records():
    """Otherwise JAX differentiates a step with stale values, or loses its statistics."""

    def number(tensor):
        return float(ops.convert_to_numpy(tensor))

    outer, inner = keras.Variable(1.0), keras.Variable(2.0)
    with keras.StatelessScope(state_mapping=[(outer, ops.convert_to_tensor(5.0))]):
        with _keras.NestedScope() as scope:
            assert number(outer.value) == 5.0
            inner.assign(7.0)
            assert number(scope.get_current_value(inner)) == 7.0
        assert [variable is inner for variable in scope.assigned.values()] == [True]
        assert number(inner.value) == 2.0


def test_tensors_stand_in_for_all_variables():
    """Otherwise a step that PyTorch records would read or change the model's own weights."""
    variable, other = keras.Variable(1.0), keras.Variable(2.0)
    assigned = []
    values = {id(variable): ops.convert_to_tensor(5.0), id(other): ops.convert_to_tensor(6.0)}
    with _keras.StandIns(lambda v: values[id(v)], lambda v, value: assigned.append((v, value))):
        assert float(variable.value + other.value) == 11.0
        variable.assign(7.0)
    assert [(v is variable, float(value)) for v, value in assigned] == [(True, 7.0)]
    assert float(ops.convert_to_numpy(variable)) == 1.0
    assert _keras.raw_value(variable) is variable.value


def test_seeds_are_numbered_while_a_step_is_recorded():
    """Otherwise a recorded step would draw the same random numbers in every step."""
    seeds = keras.random.SeedGenerator(3)
    with _keras.numbered_seeds(10) as asked:
        assert seeds.next() == (10, 0)
        assert seeds.next(ordered=False) == (11, 0)
    assert asked == [(seeds, True), (seeds, False)]
    np.testing.assert_array_equal(ops.convert_to_numpy(seeds.state), [3, 0])


@pytest.mark.skipif(BACKEND != "torch", reason="Keras' PyTorch optimizers")
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1, clipnorm=1.0),
        lambda: keras.optimizers.SGD(0.1),
        lambda: keras.optimizers.SGD(0.1, momentum=0.5),
        lambda: keras.optimizers.SGD(0.1, momentum=0.5, nesterov=True),
    ],
)
def test_replaced_updates_are_those_of_keras(optimizer):
    """Otherwise a training on PyTorch would not be the same as on other backends."""
    import torch

    from keras_gan_kit._backend import apply_gradients, torch_optimizers

    found = []
    for ours in (False, True):
        random = np.random.default_rng(0)
        used = optimizer()
        variables = [keras.Variable(np.ones(n, "float32")) for n in [(3, 2), (2,)]]
        used.build(variables)
        assert torch_optimizers.update_of(used, variables) is not None
        for _ in range(3):
            gradients = [torch.tensor(random.normal(size=v.shape)).float() for v in variables]
            gradients[0] = gradients[0].t().contiguous().t()  # as a transposed product has it
            if ours:
                apply_gradients(used, gradients, variables)
            else:
                with torch.no_grad():
                    used.apply(gradients, variables)
        assert "_parallel_update_step" not in vars(used)
        found.append([ops.convert_to_numpy(v) for v in [*variables, *used.variables]])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_a_restored_epoch_is_forgotten(tmp_path):
    """Otherwise every later `fit` starts at the epoch that `BackupAndRestore` once found."""
    model = plain_model()
    backup = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    model.fit(*data(), epochs=2, verbose=0, callbacks=[backup])
    model.fit(*data(), epochs=3, verbose=0, callbacks=[backup])
    assert model.fit(*data(), epochs=1, verbose=0).epoch == []
    _keras.forget_restored_epoch(model)
    assert model.fit(*data(), epochs=1, verbose=0).epoch == [0]


def test_keras_own_loss_is_dropped():
    """Otherwise logs contain a `loss` of 0, which nothing updates."""
    model = plain_model()
    assert any(metric.name == "loss" for metric in model.metrics)
    _keras.drop_loss_tracker(model)
    assert all(metric.name != "loss" for metric in model.metrics)


def test_validation_in_fit_is_known_from_other_evaluation():
    """Otherwise validation data would be checked, and its first batch read, in every epoch."""
    found = []

    class Recorded(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Dense(1)

        def call(self, x):
            return self.layer(x)

        def evaluate(self, *args, **options):
            found.append(_keras.is_validation(options))
            return super().evaluate(*args, **options)

    model = Recorded()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(*data(), validation_data=data(), verbose=0)
    model.evaluate(*data(), verbose=0)
    assert found == [True, False]


def test_a_shorter_epoch_is_no_reason_to_warn():
    """Otherwise every resume inside of an epoch warns of too little data."""

    def stream():
        yield data()

    with pytest.warns(UserWarning, match="ran out of data"):
        plain_model().fit(stream(), steps_per_epoch=2, shuffle=False, verbose=0)
    with warnings.catch_warnings(), _keras.shorter_epochs():
        plain_model().fit(stream(), steps_per_epoch=2, shuffle=False, verbose=0)


def test_layers_draw_from_their_own_seed():
    """Otherwise Dropout on PyTorch draws from a global state that no file holds."""
    layer = keras.layers.Dropout(0.5)
    assert layer.seed_generator._initial_seed is None
    _keras.use_own_seed(layer)
    before = ops.convert_to_numpy(layer.seed_generator.state).copy()
    drawn = []
    for global_seed in (0, 1):
        keras.utils.set_random_seed(global_seed)
        layer.seed_generator.state.assign(before)
        drawn.append(ops.convert_to_numpy(layer(ops.ones((4, 64)), training=True)))
    np.testing.assert_array_equal(*drawn)
    _keras.use_own_seed(keras.layers.Dense(1))  # which has none


def test_the_variables_of_an_optimizer_are_known():
    """Otherwise an optimizer of another network is not recognized, and its moments are mixed up."""
    model = plain_model()
    for optimizer in (
        keras.optimizers.Adam(),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()),
    ):
        optimizer.build(model.trainable_variables)
        found = _keras.variables_of(optimizer)
        assert [id(v) for v in found] == [id(v) for v in model.trainable_variables]


def test_a_model_without_a_call_of_its_own_is_a_graph():
    """Otherwise a copy of a subclassed generator would lack what its `call` does."""

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    class Named(keras.Sequential):
        pass

    inputs = keras.Input((2,))
    graph = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    found = [_keras.is_graph(model) for model in (graph, plain_model(), Named(), Own())]
    assert found == [True, True, True, False]


def test_a_copied_lambda_knows_global_names():
    """Its configuration has the code alone: `ops` would be unknown."""
    layer = keras.layers.Lambda(
        lambda x, n: ops.abs(x) * n, output_shape=(2,), arguments={"n": 3.0}, name="own"
    )
    copied = _keras.copied_lambda(layer)
    assert copied is not layer
    assert copied.name == "own"
    assert copied.compute_output_shape((None, 5)) == (None, 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(copied(-np.ones((1, 2)))), [[3.0, 3.0]])


def test_optimizers_have_the_same_name_on_every_backend():
    """Keras writes its PyTorch classes into a file, which then trains on PyTorch alone."""
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.5))
    config = _keras.portable_config(keras.saving.serialize_keras_object({"list": [scaled]}))
    assert "backend.torch" not in str(config)
    (again,) = keras.saving.deserialize_keras_object(config)["list"]
    assert again.inner_optimizer.get_config() == scaled.inner_optimizer.get_config()


def test_batches_begin_again_or_go_on():
    """Keras' own adapter repeats the first two batches of a generator."""
    batches = [(np.full((2, 2), float(i)),) for i in range(3)]
    for stream, expected in ((batches, [0, 1, 2, 0, 1, 2]), (iter(batches), [0, 1, 2])):
        adapter = _keras.StreamAdapter(stream, 3)
        assert adapter.num_batches == 3
        found = [float(np.max(b[0])) for _ in range(2) for b in adapter.get_numpy_iterator()]
        assert found == expected


def test_the_source_of_a_symbolic_tensor_is_known():
    """Otherwise the range of a generator, from its last activation, is unknown."""
    layer = keras.layers.Dense(1, activation="tanh")
    assert _keras.source_of(layer(keras.Input((2,)))) == (layer, 0)
    assert _keras.source_of(np.zeros(2)) is None


def test_all_public_attributes_of_keras_models_are_declared():
    """Otherwise `mypy` refuses a correct attribute of a GAN."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(_keras.__file__).read_text(encoding="utf-8"))
    (stub,) = (node for node in ast.walk(tree) if getattr(node, "name", "") == "_DocumentedModel")
    declared = {getattr(node, "name", None) or node.target.id for node in stub.body[1:]}
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    public = {name for name in dir(model) if not name.startswith("_")}
    if BACKEND == "torch":
        import torch

        public -= {name for name in dir(torch.nn.Module()) if not name.startswith("_")} - declared
        public.discard("torch_params")
    assert public <= declared
