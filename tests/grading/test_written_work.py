"""What crashed cells were going to do, read from their source, in every kind of call that checks ask for."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, trained
from test_marking import BUILD, COMPILE, FIT, NO_NAME

LOAD = """train_ds = tf.keras.utils.image_dataset_from_directory(
    train_dir, labels="inferred", label_mode="int", image_size=(128, 128), batch_size=16,
    validation_split=0.2, subset="training", shuffle=True, seed=123)
val_ds = tf.keras.utils.image_dataset_from_directory(
    train_dir, labels="inferred", label_mode="int", image_size=(128, 128), batch_size=16,
    validation_split=0.2, subset="validation", shuffle=False, seed=123)
rescale = tf.keras.layers.Rescaling(1./255)
train_ds = train_ds.map(lambda x, y: (rescale(x), y))
val_ds = val_ds.map(lambda x, y: (rescale(x), y))"""
GENERATORS = """flow = ImageDataGenerator(rescale=1./255, validation_split=0.2)
train_ds = flow.flow_from_directory(
    train_dir, target_size=(128, 128), batch_size=16, class_mode="sparse", subset="training", seed=1)
val_ds = flow.flow_from_directory(
    train_dir, target_size=(128, 128), batch_size=16, class_mode="sparse", subset="validation", seed=1)"""
OPEN_ALL = "missing\nfor path in paths:\n    try:\n        Image.open(path).verify()\n    except OSError:\n"
ON_TEST = {"network": "cnn", "data": "fruits", "split": "test"}


class TestACrashedLoader:
    """The loader's cell costs half of its own requirements; what follows is judged on its merit."""

    def book(self, world: World, load: str) -> Notebook:
        book = Notebook(world).crashes(load, message=NO_NAME.format("tf"))
        book.code(BUILD).builds().code(COMPILE).compiles()
        return book.crashes(FIT, message=NO_NAME.format("train_ds"))

    @pytest.mark.parametrize("load", [LOAD, GENERATORS], ids=["dataset", "generators"])
    @pytest.mark.parametrize(
        "parameters",
        [
            {"aspect": "labels"},
            {"aspect": "image_size", "image_size": [128, 128]},
            {"aspect": "validation_split", "validation_split": 0.2},
            {"aspect": "seed"},
        ],
        ids=lambda parameters: parameters["aspect"],
    )
    def test_what_it_asks_for_is_partly(self, world: World, load: str, parameters: dict[str, Any]) -> None:
        grade = judge(self.book(world, load), "loaded", network="cnn", data="fruits", **parameters)
        assert (grade.earned, grade.cause) == (PARTLY, "own")

    @pytest.mark.parametrize("load", [LOAD, GENERATORS], ids=["dataset", "generators"])
    @pytest.mark.parametrize(
        ("check", "parameters"),
        [
            ("batch_size", {"size": 16}),
            ("epochs", {"epochs": 250}),
            ("validation", {}),
            ("loss", {}),
            ("rescaled", {"scale": "1/255"}),
        ],
    )
    def test_the_training_that_lacks_it_is_met(
        self, world: World, load: str, check: str, parameters: dict
    ) -> None:
        assert judge(self.book(world, load), check, network="cnn", **parameters).earned == MET

    def test_faults_in_it_are_found(self, world: World) -> None:
        wrong = (
            LOAD.replace("seed=123)", "seed=7)", 1).replace("(128, 128)", "(64, 64)").replace("1./255", "1.")
        )
        book = self.book(world, wrong)
        loaded = {"network": "cnn", "data": "fruits"}
        assert judge(book, "loaded", **loaded, aspect="seed").earned == NOT
        assert judge(book, "loaded", **loaded, aspect="image_size", image_size=[128, 128]).earned == NOT
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == NOT


class TestWhatTheNotebookHeld:
    def test_is_what_a_crashed_fit_was_going_to_use(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles().crashes(FIT, message=NO_NAME.format("callbacks"))
        book.holds("train_ds", world.data("train", 0, 24, batch_size=32)).holds(
            "val_ds", world.data("train", 24)
        )
        assert judge(book, "batch_size", network="cnn", size=32).earned == PARTLY  # own error
        assert judge(book, "batch_size", network="cnn", size=16).earned == NOT
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == PARTLY


class TestCrashedCalls:
    """A crash of the student's own in otherwise right code is partly; the same as a knock-on is met."""

    @pytest.fixture(params=["own", "knock_on"])
    def slip(self, request: pytest.FixtureRequest) -> str:
        return request.param

    def book(self, world: World, slip: str, source: str) -> tuple[Notebook, object]:
        book = trained(world)
        if slip == "knock_on":
            book.crashes("missing = nonsense", message=NO_NAME.format("nonsense"))
        return book.crashes(source, message=NO_NAME.format("missing")), PARTLY if slip == "own" else MET

    @pytest.mark.parametrize(
        ("source", "check", "parameters"),
        [
            ("missing; model.evaluate(test_ds)", "evaluated", ON_TEST),
            ("missing; p = model.predict(test_ds)", "predicted", ON_TEST),
            ('missing; model.save("model.h5")', "saved", {"network": "cnn"}),
            ('missing; again = load_model("model.h5")', "reloaded", {"network": "cnn"}),
            (
                "missing; plt.plot(history.history['loss']); plt.plot(history.history['val_loss'])",
                "curves",
                {"network": "cnn", "series": "loss"},
            ),
            ("missing; p = np.argmax(model.predict(test_ds), axis=1)", "argmax", {"network": "cnn"}),
            (
                "missing; p = np.argmax(model.predict(test_ds), axis=1); print(classification_report(y, p))",
                "report",
                ON_TEST,
            ),
            (
                OPEN_ALL + '        os.remove(path)\n        print("Removed", path)',
                "broken_removed",
                {"data": "fruits"},
            ),
            (
                OPEN_ALL + "        pass",
                "images_opened",
                {"data": "fruits"},
            ),
        ],
        ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
    )
    def test_each_kind(
        self, world: World, slip: str, source: str, check: str, parameters: dict[str, Any]
    ) -> None:
        book, points = self.book(world, slip, source)
        grade = judge(book, check, **parameters)
        assert (grade.earned, grade.cause) == (points, slip)

    def test_on_the_wrong_set_it_is_not(self, world: World, slip: str) -> None:
        book, _ = self.book(world, slip, "missing; model.evaluate(val_ds)")
        assert judge(book, "evaluated", **ON_TEST).earned == NOT

    def test_another_file_format_is_partly_at_most(self, world: World, slip: str) -> None:
        book, _ = self.book(world, slip, 'missing; model.save("model.keras")')
        assert judge(book, "saved", network="cnn", suffix=".h5").earned == PARTLY


class TestCallbacks:
    @pytest.mark.parametrize(
        "given",
        ["[EarlyStopping(patience=3)]", "callbacks", "[stop]", "EarlyStopping(patience=3)"],
    )
    def test_in_a_list_or_by_name(self, world: World, given: str) -> None:
        book = (
            Notebook(world)
            .code()
            .builds()
            .compiles()
            .code("stop = EarlyStopping()\ncallbacks = [stop, EarlyStopping()]")
        )
        book.crashes(
            f"model.fit(train_ds, epochs=2, callbacks={given}, x=missing)", message=NO_NAME.format("missing")
        )
        assert judge(book, "callback", network="cnn", name="EarlyStopping").earned == PARTLY

    def test_not_passed_is_not_read_into_it(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles()
        book.crashes("model.fit(train_ds, epochs=missing)", message=NO_NAME.format("missing"))
        assert judge(book, "callback", network="cnn", name="EarlyStopping").earned == NOT


def test_numbers_given_to_names_are_read(world: World) -> None:
    book = Notebook(world).code("EPOCHS = 250").builds().compiles()
    book.crashes("model.fit(missing, epochs=EPOCHS)", message=NO_NAME.format("missing"))
    assert judge(book, "epochs", network="cnn", epochs=250).earned == PARTLY


def test_a_fit_that_crashed_counts_for_its_curves(world: World) -> None:
    plots = "plt.plot(history.history['loss']); plt.plot(history.history['val_loss'])"
    book = trained(world, error="ValueError", history={}).crashes(plots, message=NO_NAME.format("history"))
    assert judge(book, "curves", network="cnn", series="loss").earned in (MET, PARTLY)
